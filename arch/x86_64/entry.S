/*
 * Entries of interrupts and exceptions, and the switch between threads.
 */
#include "arch/x86_64/layout.h"

    .text

/*
 * interrupt_common: saves the registers, calls interrupt_enter(struct trap_frame *), restores them.
 * In: vector and error code on the stack (arch/x86/stubs.S).
 */
    .balign 16
    .globl interrupt_common
interrupt_common:
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rbp
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    movq %rsp, %rdi
    /* The CPU aligned the stack to 16 before pushing; 22 registers keep it so. */
    call interrupt_enter
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rbp
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rbx
    popq %rax
    addq $16, %rsp /* vector and error code */
    iretq

/*
 * context_switch(struct context *from, const struct context *to)
 * In: RDI where to leave the running stack pointer, RSI where the other one is. Saves what the psABI
 * lets a function keep across calls; the rest the compiler has saved. Interrupts are off.
 */
    .balign 16
    .globl context_switch
context_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq (%rsi), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret

/*
 * context_start: where a new thread's first context_switch returns to.
 * In: R12 the entry function, R13 its argument (context_init put them there).
 */
    .globl context_start
context_start:
    movq %r13, %rdi
    xorl %ebp, %ebp
    call *%r12
    ud2

/*
 * gdt_load(const void *pointer, unsigned tss_selector): loads the descriptor table, the segment
 * registers and the task register. In: RDI, ESI. Clobbers RAX.
 */
    .globl gdt_load
gdt_load:
    lgdt (%rdi)
    pushq $SELECTOR_CODE
    leaq 1f(%rip), %rax
    pushq %rax
    lretq
1:  movw $SELECTOR_DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    ltr %si
    ret

    .section .note.GNU-stack, "", @progbits
