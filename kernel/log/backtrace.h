/* Who called whom, on the console: lines "  #0 0xffffffff80101234 name+0x1c [extension]". */
#pragma once

#include <stdint.h>

struct trap_frame;

/* From the caller of the function whose frame pointer is `base` on. Any context. */
void backtrace_print(uintptr_t base);
/* From the interrupted instruction on. Any context. */
void backtrace_print_frame(const struct trap_frame *frame);
