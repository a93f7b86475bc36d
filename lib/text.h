/*
 * What the C library lacks for text. Pure; any context; results always end with a zero byte when
 * there is room for one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

/*
 * Copies `from` into `to` of `size_bytes` (at least 1), cut where it does not fit. Returns true when
 * nothing was cut.
 */
bool text_copy(char *to, size_t size_bytes, const char *from);

/*
 * Reads an unsigned number that is the whole of `text`: decimal, or hexadecimal after 0x. False when
 * it is empty, has any other character, or does not fit; `*value` is then unchanged.
 */
MUST_CHECK bool text_to_u64(const char *text, uint64_t *value);

/* The same for exactly `length` characters of decimal digits followed by spaces (ar, tar fields). */
MUST_CHECK bool text_field_decimal(const uint8_t *field, size_t length, uint64_t *value);

/* True when `name` matches `pattern`, where * stands for any characters and ? for any one. */
bool text_matches(const char *pattern, const char *name);

/* True when `text` begins with `prefix`. */
bool text_starts_with(const char *text, const char *prefix);

#define TEXT_DISTANCE_MAX 63 /* characters of a name that are compared */

/*
 * The number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`,
 * or `limit` + 1 when it is more than `limit`. Longer names are compared by their
 * first TEXT_DISTANCE_MAX characters. Takes no more than 64 x 64 steps.
 */
unsigned text_distance(const char *a, const char *b, unsigned limit);
