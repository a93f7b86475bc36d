/*
 * The services of fmt: text laid out for people to read.
 *
 * Every function writes at most `size_bytes` bytes into `buffer`, a zero byte at the end included
 * (none at all when size_bytes is 0), and most return the length that the whole text has without the
 * zero byte: what was written is cut when that is size_bytes or more. No function keeps a pointer,
 * takes memory or sleeps: any context. A column is one byte.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* `text` in a field of `width` columns: at its left, at its right, or in its middle. */
size_t fmt_pad(char *buffer, size_t size_bytes, const char *text, size_t width);
size_t fmt_right(char *buffer, size_t size_bytes, const char *text, size_t width);
size_t fmt_center(char *buffer, size_t size_bytes, const char *text, size_t width);

/* `count` times the same character. */
size_t fmt_repeat(char *buffer, size_t size_bytes, char character, size_t count);

/* "1,234,567" */
size_t fmt_number(char *buffer, size_t size_bytes, uint64_t number);
/* "512 B", "1.5 KiB", "16.0 EiB": one digit behind the point, rounded down */
size_t fmt_size(char *buffer, size_t size_bytes, uint64_t count_bytes);
/* "999 ns", "1.25 us", "20.00 ms", "3601.00 s": two digits behind the point, rounded down */
size_t fmt_duration(char *buffer, size_t size_bytes, uint64_t duration_ns);

/*
 * Takes the next line of at most `width` columns off `text`: breaks at blanks and after newlines, and
 * inside a word only when the word alone is too long. The line goes into `buffer`; it is also never
 * longer than fits there, so nothing is lost. Returns where the next line begins, NULL when that was
 * the last one. With a width of 0 or less than two bytes of buffer, all that is left is dropped.
 */
const char *fmt_wrap(char *buffer, size_t size_bytes, const char *text, size_t width);
