/* The registers of a trap frame, by name. */
#include "arch/interrupt.h"
#include "arch/x86/frame.h"
#include "lib/compiler.h"

uintptr_t trap_frame_address(const struct trap_frame *frame)
{
    return frame->eip;
}

uintptr_t trap_frame_base(const struct trap_frame *frame)
{
    return frame->ebp;
}

bool trap_frame_registers(const struct trap_frame *frame, unsigned number, char *buffer,
                          unsigned size_bytes)
{
    const struct named_register registers[] = {
        {"eax", frame->eax}, {"ebx", frame->ebx}, {"ecx", frame->ecx},    {"edx", frame->edx},
        {"esi", frame->esi}, {"edi", frame->edi}, {"ebp", frame->ebp},    {"esp", frame->esp},
        {"eip", frame->eip}, {"cs ", frame->cs},  {"flg", frame->eflags},
    };
    return registers_format(registers, ARRAY_COUNT(registers), number, buffer, size_bytes);
}

/* Each register goes to memory on its own, so that the compiler's choices disturb as few as can be. */
#define CAPTURE(name) __asm__ volatile("mov %%" #name ", %0" : "=m"(frame.name))

const struct trap_frame *trap_frame_capture(uintptr_t return_address, uintptr_t base)
{
    static struct trap_frame frame;
    CAPTURE(eax);
    CAPTURE(ebx);
    CAPTURE(ecx);
    CAPTURE(edx);
    CAPTURE(esi);
    CAPTURE(edi);
    CAPTURE(cs);
    __asm__ volatile("pushf; pop %0" : "=r"(frame.eflags));
    frame.eip = return_address;
    frame.ebp = *(const uintptr_t *)base;
    frame.esp = base + 2 * sizeof(uintptr_t); /* above the saved base and the return address */
    return &frame;
}
