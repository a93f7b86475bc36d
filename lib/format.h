/*
 * printf-like formatting without a C library. Pure; any context; uses less than 640 bytes of stack
 * beside the caller's buffer.
 *
 * Conversions: %d %i %u %x %X %o %c %s %p %%; flags - 0 + space #; width and precision, also as *;
 * lengths hh h l ll z t j. A conversion that is not known is written as it stands. No floating point.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "lib/compiler.h"

/* Where formatted text goes: called any number of times with pieces that are not zero-ended. */
struct format_sink {
    void (*put)(struct format_sink *sink, const char *text, size_t length);
};

/* Formats into a sink; returns the number of characters put. */
size_t format_to(struct format_sink *sink, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

/*
 * Formats into `buffer` of `size_bytes`, ended with a zero byte when size_bytes > 0. Returns the
 * length of the whole text, which is at least size_bytes when it was cut.
 */
size_t format_text(char *buffer, size_t size_bytes, const char *format, ...) PRINTF_LIKE(3, 4);
size_t format_text_list(char *buffer, size_t size_bytes, const char *format, va_list arguments)
    PRINTF_LIKE(3, 0);
