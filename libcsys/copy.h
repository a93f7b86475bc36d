/*
 * Copying bytes a word at a time. Words are read and written through a type that may have any
 * alignment and alias anything.
 *
 * Compilers make calls of memcpy and memset out of loops, which in these files would be calls of
 * themselves: the Makefile forbids it to them (STRING_CFLAGS).
 */
#pragma once

#include <stddef.h>

typedef unsigned long __attribute__((may_alias, aligned(1))) word;

/* Right also where the areas overlap and `to` is the lower one. */
static inline void copy_upwards(unsigned char *to, const unsigned char *from, size_t size_bytes)
{
    for (; size_bytes >= sizeof(word); size_bytes -= sizeof(word)) {
        *(word *)to = *(const word *)from;
        to += sizeof(word);
        from += sizeof(word);
    }
    while (size_bytes-- > 0)
        *to++ = *from++;
}

/* Right also where the areas overlap and `to` is the higher one. */
static inline void copy_downwards(unsigned char *to, const unsigned char *from, size_t size_bytes)
{
    while (size_bytes >= sizeof(word)) {
        size_bytes -= sizeof(word);
        *(word *)(to + size_bytes) = *(const word *)(from + size_bytes);
    }
    while (size_bytes-- > 0)
        to[size_bytes] = from[size_bytes];
}
