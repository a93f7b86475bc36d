/*
 * The log: a ring of lines with a level and a time stamp. A line at or above the console level
 * (loglevel=, see <mortise/kernel.h> for printk and log_write) is shown on the console too.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mortise/kernel.h>

#include "lib/compiler.h"

#define LOG_LINE_MAX 256 /* bytes of one line with its zero byte; longer ones are cut */

/* Lines of a level up to `level` are shown on the console from now on. */
void log_set_console_level(enum log_level level);

void log_write_list(enum log_level level, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

/*
 * Calls `line` for the last `count` lines (SIZE_MAX: all that are kept), oldest first, each as
 * "[    0.012345] text". Any context; lines written meanwhile may be missing.
 */
void log_read(size_t count, void (*line)(const char *text, void *context), void *context);
