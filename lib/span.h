/*
 * A span: bytes that came from outside, and how many. Nothing reads foreign bytes but through the
 * functions here. A span borrows; whoever holds the memory says how long it lives.
 *
 * The readers are little-endian, allow any alignment, and want the caller to have checked the place
 * (span_has or a slice): they are the accessors of checked data and only assert.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/assert.h"
#include "lib/checked.h"

struct span {
    const uint8_t *bytes;
    size_t size;
};

static inline struct span span_make(const void *bytes, size_t size)
{
    return (struct span){.bytes = bytes, .size = size};
}

/* True when `size` bytes at `offset` lie inside the span. */
static ALWAYS_INLINE bool span_has(struct span span, uint64_t offset, uint64_t size)
{
    return range_fits(offset, size, span.size);
}

/* The part [offset, offset + size) of `span` into `*part`; false when it is not wholly inside. */
static inline MUST_CHECK bool span_slice(struct span span, uint64_t offset, uint64_t size,
                                         struct span *part)
{
    if (!span_has(span, offset, size))
        return false;
    *part = span_make(span.bytes + offset, (size_t)size);
    return true;
}

/* The zero-ended text at `offset`, or NULL when no zero byte follows inside the span. */
static inline const char *span_text(struct span span, uint64_t offset)
{
    for (uint64_t i = offset; i < span.size; i++) {
        if (span.bytes[i] == 0)
            return (const char *)span.bytes + offset;
    }
    return NULL;
}

/* Little-endian readers of any alignment for places that have been checked. */
static ALWAYS_INLINE uint16_t load_u16(const uint8_t *bytes)
{
    uint16_t value;
    __builtin_memcpy(&value, bytes, sizeof(value));
    return value;
}

static ALWAYS_INLINE uint32_t load_u32(const uint8_t *bytes)
{
    uint32_t value;
    __builtin_memcpy(&value, bytes, sizeof(value));
    return value;
}

static ALWAYS_INLINE uint64_t load_u64(const uint8_t *bytes)
{
    uint64_t value;
    __builtin_memcpy(&value, bytes, sizeof(value));
    return value;
}

static ALWAYS_INLINE void store_u32(uint8_t *bytes, uint32_t value)
{
    __builtin_memcpy(bytes, &value, sizeof(value));
}

static ALWAYS_INLINE void store_u64(uint8_t *bytes, uint64_t value)
{
    __builtin_memcpy(bytes, &value, sizeof(value));
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the readers above assume it");

static ALWAYS_INLINE uint8_t span_u8(struct span span, uint64_t offset)
{
    ASSERT(span_has(span, offset, 1));
    return span.bytes[offset];
}

static ALWAYS_INLINE uint16_t span_u16(struct span span, uint64_t offset)
{
    ASSERT(span_has(span, offset, 2));
    return load_u16(span.bytes + offset);
}

static ALWAYS_INLINE uint32_t span_u32(struct span span, uint64_t offset)
{
    ASSERT(span_has(span, offset, 4));
    return load_u32(span.bytes + offset);
}

static ALWAYS_INLINE uint64_t span_u64(struct span span, uint64_t offset)
{
    ASSERT(span_has(span, offset, 8));
    return load_u64(span.bytes + offset);
}
