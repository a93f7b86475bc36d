/*
 * Arithmetic on numbers that came from outside: every function says whether the result is true.
 * `*result` is only meaningful after true.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

static ALWAYS_INLINE MUST_CHECK bool checked_add(uint64_t a, uint64_t b, uint64_t *result)
{
    return !__builtin_add_overflow(a, b, result);
}

static ALWAYS_INLINE MUST_CHECK bool checked_multiply(uint64_t a, uint64_t b, uint64_t *result)
{
    return !__builtin_mul_overflow(a, b, result);
}

static ALWAYS_INLINE bool is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* Rounds up to a multiple of `alignment`, a power of two. False when the result does not fit. */
static ALWAYS_INLINE MUST_CHECK bool checked_align_up(uint64_t value, uint64_t alignment,
                                                      uint64_t *result)
{
    uint64_t raised;
    if (!checked_add(value, alignment - 1, &raised))
        return false;
    *result = raised & ~(alignment - 1);
    return true;
}

/* True when `count` units from `offset` on lie inside the first `size` units. */
static ALWAYS_INLINE bool range_fits(uint64_t offset, uint64_t count, uint64_t size)
{
    return offset <= size && count <= size - offset;
}

/* The same rounding for our own numbers, which are known to fit. */
#define ALIGN_UP(value, alignment)   (((value) + (alignment)-1) & ~((__typeof__(value))(alignment)-1))
#define ALIGN_DOWN(value, alignment) ((value) & ~((__typeof__(value))(alignment)-1))
