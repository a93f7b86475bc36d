/*
 * Backtraces by frame pointers. A return address is where a call goes on, which may already be the
 * next function: it is looked up one byte earlier, inside the call.
 */
#include "kernel/log/backtrace.h"

#include "arch/interrupt.h"
#include "kernel/device/console.h"
#include "kernel/log/symbols.h"

#define LINES_MAX 40 /* a recursion without end says no more in more lines */

static void print_line(unsigned number, uintptr_t address, uintptr_t inside)
{
    char name[128];
    symbol_describe(inside, name, sizeof(name));
    console_print("  #%u 0x%0*llx %s\n", number, (int)(2 * sizeof(address)),
                  (unsigned long long)address, name);
}

static void print_chain(unsigned number, uintptr_t base)
{
    uintptr_t address;
    while (number < LINES_MAX && stack_frame_next(&base, &address))
        print_line(number++, address, address - 1);
    if (number == LINES_MAX)
        console_print("  ...\n");
}

void backtrace_print(uintptr_t base)
{
    print_chain(0, base);
}

void backtrace_print_frame(const struct trap_frame *frame)
{
    uintptr_t address = trap_frame_address(frame);
    print_line(0, address, address);
    print_chain(1, trap_frame_base(frame));
}
