/*
 * Where interrupts and exceptions enter. Every vector has a stub that pushes a zero where the CPU
 * pushes no error code, then the vector's number, so that all frames look alike (struct trap_frame);
 * interrupt_common of arch/<machine>/entry.S goes on. A push is as wide as the machine's registers.
 */
#include "arch/x86/vectors.h"

    .text

    .altmacro
    .macro vector_stub number
    .balign VECTOR_STUB_BYTES
    .if (\number == 8) || (\number >= 10 && \number <= 14) || (\number == 17) || (\number == 21) || (\number == 29) || (\number == 30)
    .else
    push $0
    .endif
    push $\number
    jmp interrupt_common
    .endm

    .balign VECTOR_STUB_BYTES
    .globl interrupt_stubs
interrupt_stubs:
    .set number, 0
    .rept VECTOR_COUNT
    vector_stub %number
    .set number, number + 1
    .endr

    .section .note.GNU-stack, "", @progbits
