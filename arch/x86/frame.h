/* The trap frame of the machine that is being compiled for; private to arch/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __x86_64__
#include "arch/x86_64/frame.h"
#else
#include "arch/i386/frame.h"
#endif

/* One register as trap_frame_registers shows it. */
struct named_register {
    const char *name;
    uintptr_t value;
};

/* Line `number` of `count` registers, four a line, into `buffer`; false when there is no such line. */
bool registers_format(const struct named_register *registers, unsigned count, unsigned number,
                      char *buffer, unsigned size_bytes);
