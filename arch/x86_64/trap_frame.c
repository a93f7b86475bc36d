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

/* Each register goes to memory on its own, so that the compiler's choices disturb as few as can be. */
#define CAPTURE(name) __asm__ volatile("mov %%" #name ", %0" : "=m"(frame.name))

const struct trap_frame *trap_frame_capture(uintptr_t return_address, uintptr_t base)
{
    static struct trap_frame frame;
    CAPTURE(rax);
    CAPTURE(rbx);
    CAPTURE(rcx);
    CAPTURE(rdx);
    CAPTURE(rsi);
    CAPTURE(rdi);
    CAPTURE(r8);
    CAPTURE(r9);
    CAPTURE(r10);
    CAPTURE(r11);
    CAPTURE(r12);
    CAPTURE(r13);
    CAPTURE(r14);
    CAPTURE(r15);
    CAPTURE(cs);
    CAPTURE(ss);
    __asm__ volatile("pushf; pop %0" : "=r"(frame.rflags));
    frame.rip = return_address;
    frame.rbp = *(const uintptr_t *)base;
    frame.rsp = base + 2 * sizeof(uintptr_t); /* above the saved base and the return address */
    return &frame;
}
