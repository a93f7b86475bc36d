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
