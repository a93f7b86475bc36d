/* The registers of a trap frame, by name. */
#include "arch/interrupt.h"
#include "arch/x86/frame.h"
#include "lib/compiler.h"

uintptr_t trap_frame_address(const struct trap_frame *frame)
{
    return frame->rip;
}

uintptr_t trap_frame_base(const struct trap_frame *frame)
{
    return frame->rbp;
}

bool trap_frame_registers(const struct trap_frame *frame, unsigned number, char *buffer,
                          unsigned size_bytes)
{
    const struct named_register registers[] = {
        {"rax", frame->rax}, {"rbx", frame->rbx}, {"rcx", frame->rcx},    {"rdx", frame->rdx},
        {"rsi", frame->rsi}, {"rdi", frame->rdi}, {"rbp", frame->rbp},    {"rsp", frame->rsp},
        {"r8 ", frame->r8},  {"r9 ", frame->r9},  {"r10", frame->r10},    {"r11", frame->r11},
        {"r12", frame->r12}, {"r13", frame->r13}, {"r14", frame->r14},    {"r15", frame->r15},
        {"rip", frame->rip}, {"cs ", frame->cs},  {"flg", frame->rflags}, {"ss ", frame->ss},
    };
    return registers_format(registers, ARRAY_COUNT(registers), number, buffer, size_bytes);
}
