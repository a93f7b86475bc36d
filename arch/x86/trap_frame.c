/* Describing trap frames, and walking stack frames. */
#include "arch/interrupt.h"
#include "arch/paging.h"
#include "arch/x86/frame.h"
#include "arch/x86/vectors.h"
#include "lib/format.h"

uintptr_t trap_frame_fault_address(const struct trap_frame *frame)
{
    uintptr_t address = 0;
    /* A page fault that could not be delivered arrives as a double fault, CR2 still its own. */
    if (frame->vector == VECTOR_PAGE_FAULT || frame->vector == VECTOR_DOUBLE_FAULT)
        __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    return address;
}

static const char *vector_name(uint64_t vector)
{
    static const char *const names[] = {
        "divide error",
        "debug",
        "non-maskable interrupt",
        "breakpoint",
        "overflow",
        "bound range exceeded",
        "invalid instruction",
        "no floating point in the kernel",
        "double fault",
        "coprocessor overrun",
        "invalid task state",
        "segment not present",
        "stack segment fault",
        "general protection fault",
        "page fault",
        "reserved",
        "floating point error",
        "alignment check",
        "machine check",
        "vector floating point error",
        "virtualisation exception",
        "control protection exception",
    };
    return vector < ARRAY_COUNT(names) ? names[vector] : "unknown exception";
}

static void describe_page_fault(const struct trap_frame *frame, char *buffer, unsigned size_bytes)
{
    enum { PRESENT = 1, WRITE = 2, FETCH = 16 };
    const char *access = frame->error & FETCH ? "execute" : frame->error & WRITE ? "write" : "read";
    format_text(buffer, size_bytes, "page fault: %s of %p, which is %s", access,
                (void *)trap_frame_fault_address(frame),
                frame->error & PRESENT ? "protected" : "not mapped");
}

void trap_frame_describe(const struct trap_frame *frame, char *buffer, unsigned size_bytes)
{
    if (frame->vector == VECTOR_PAGE_FAULT) {
        describe_page_fault(frame, buffer, size_bytes);
        return;
    }
    format_text(buffer, size_bytes, "%s (vector %llu, error 0x%llx)", vector_name(frame->vector),
                (unsigned long long)frame->vector, (unsigned long long)frame->error);
}

bool registers_format(const struct named_register *registers, unsigned count, unsigned number,
                      char *buffer, unsigned size_bytes)
{
    const unsigned per_line = 4;
    const int digits = 2 * sizeof(registers->value);
    if (number * per_line >= count)
        return false;
    size_t length = 0;
    for (unsigned i = number * per_line;
         i < count && i < (number + 1) * per_line && length < size_bytes; i++)
        length += format_text(buffer + length, size_bytes - length, "%s%s %0*llx",
                              i % per_line == 0 ? "" : "  ", registers[i].name, digits,
                              (unsigned long long)registers[i].value);
    return true;
}

bool stack_frame_next(uintptr_t *base, uintptr_t *return_address)
{
    physical_address frame;
    uintptr_t address = *base;
    /* A frame is two words, of which each lies in one page when it is aligned. */
    if (address == 0 || address % sizeof(address) != 0 || !paging_lookup(address, &frame) ||
        !paging_lookup(address + sizeof(address), &frame))
        return false;
    const uintptr_t *words = (const uintptr_t *)address;
    /* Stacks grow downwards, so an older frame lies higher. */
    if (words[1] == 0 || (words[0] != 0 && words[0] <= address))
        return false;
    *base = words[0];
    *return_address = words[1];
    return true;
}
