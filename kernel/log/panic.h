/*
 * Panic: says everything it knows on the console, then does what panic= asked for. Any context. A
 * panic inside a panic says one line and does the same.
 */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"

struct trap_frame;

/* exit (QEMU ends with 65), halt (the default), reboot. False when `name` is none of them. */
MUST_CHECK bool panic_set_action(const char *name);

NO_RETURN void panic(const char *format, ...) PRINTF_LIKE(1, 2);

/* The same about the instruction that `frame` was interrupted at, with registers. */
NO_RETURN void panic_at(const struct trap_frame *frame, const char *format, ...) PRINTF_LIKE(2, 3);
