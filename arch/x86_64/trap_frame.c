/* Reading and describing trap frames, and walking stack frames. */
#include "arch/x86_64/frame.h"

#include <stdbool.h>

#include "arch/interrupt.h"
#include "arch/paging.h"
#include "lib/format.h"

#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT   14

uintptr_t trap_frame_address(const struct trap_frame *frame)
{
    return frame->rip;
}

uintptr_t trap_frame_base(const struct trap_frame *frame)
{
    return frame->rbp;
}

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

bool trap_frame_registers(const struct trap_frame *frame, unsigned number, char *buffer,
                          unsigned size_bytes)
{
    const struct {
        const char *name;
        uint64_t value;
    } registers[] = {
        {"rax", frame->rax}, {"rbx", frame->rbx}, {"rcx", frame->rcx},    {"rdx", frame->rdx},
        {"rsi", frame->rsi}, {"rdi", frame->rdi}, {"rbp", frame->rbp},    {"rsp", frame->rsp},
        {"r8 ", frame->r8},  {"r9 ", frame->r9},  {"r10", frame->r10},    {"r11", frame->r11},
        {"r12", frame->r12}, {"r13", frame->r13}, {"r14", frame->r14},    {"r15", frame->r15},
        {"rip", frame->rip}, {"cs ", frame->cs},  {"flg", frame->rflags}, {"ss ", frame->ss},
    };
    const unsigned per_line = 4;
    if (number >= ARRAY_COUNT(registers) / per_line)
        return false;
    size_t length = 0;
    for (unsigned i = number * per_line; i < (number + 1) * per_line && length < size_bytes; i++)
        length += format_text(buffer + length, size_bytes - length, "%s%s %016llx",
                              i % per_line == 0 ? "" : "  ", registers[i].name,
                              (unsigned long long)registers[i].value);
    return true;
}

bool stack_frame_next(uintptr_t *base, uintptr_t *return_address)
{
    physical_address frame;
    uintptr_t address = *base;
    /* Both words must be mapped; an aligned pair never straddles a page when 16-byte aligned. */
    if (address == 0 || address % 8 != 0 || !paging_lookup(address, &frame) ||
        !paging_lookup(address + 8, &frame))
        return false;
    const uintptr_t *words = (const uintptr_t *)address;
    /* Stacks grow downwards, so an older frame lies higher. */
    if (words[1] == 0 || (words[0] != 0 && words[0] <= address))
        return false;
    *base = words[0];
    *return_address = words[1];
    return true;
}

uintptr_t stack_frame_base(void)
{
    return (uintptr_t)__builtin_frame_address(0);
}
