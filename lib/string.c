/*
 * The C library's string functions for the kernel. Host programs use their C library instead.
 *
 * A compiler that meets a loop which copies bytes may replace it with a call of memcpy, which here
 * would be a call of itself. Therefore the Makefile compiles this file with -fno-builtin and, where
 * the compiler knows it (GCC), -fno-tree-loop-distribute-patterns.
 *
 * Large blocks are moved a word at a time. Words are read and written through a type that may have
 * any alignment and may alias anything, so this is C for every machine; x86 pays little for a word
 * that is not aligned.
 *
 * The functions over text go byte by byte: they must not read past the end of what they are given.
 */
#include "lib/string.h"

typedef unsigned long __attribute__((may_alias, aligned(1))) word;

#define WORD_BYTES         sizeof(word)
#define BYTE_IN_ALL_PLACES (~0ul / 255)

/* Right also for overlapping areas when `to` is the lower: each byte is read before it changes. */
static void copy_upwards(unsigned char *to, const unsigned char *from, size_t size)
{
    for (; size >= WORD_BYTES; size -= WORD_BYTES) {
        *(word *)to = *(const word *)from;
        to += WORD_BYTES;
        from += WORD_BYTES;
    }
    while (size-- > 0)
        *to++ = *from++;
}

/* The mirror image, for overlapping areas when `to` is the higher one. */
static void copy_downwards(unsigned char *to, const unsigned char *from, size_t size)
{
    for (; size >= WORD_BYTES; size -= WORD_BYTES)
        *(word *)(to + size - WORD_BYTES) = *(const word *)(from + size - WORD_BYTES);
    while (size-- > 0)
        to[size] = from[size];
}

void *memcpy(void *to, const void *from, size_t size_bytes)
{
    copy_upwards(to, from, size_bytes);
    return to;
}

void *memmove(void *to, const void *from, size_t size_bytes)
{
    if ((uintptr_t)to <= (uintptr_t)from)
        copy_upwards(to, from, size_bytes);
    else
        copy_downwards(to, from, size_bytes);
    return to;
}

void *memset(void *to, int byte, size_t size_bytes)
{
    unsigned char *place = to;
    word pattern = (unsigned char)byte * BYTE_IN_ALL_PLACES;
    for (; size_bytes >= WORD_BYTES; size_bytes -= WORD_BYTES) {
        *(word *)place = pattern;
        place += WORD_BYTES;
    }
    while (size_bytes-- > 0)
        *place++ = (unsigned char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size_bytes)
{
    const unsigned char *p = a;
    const unsigned char *q = b;
    while (size_bytes >= WORD_BYTES && *(const word *)p == *(const word *)q) {
        p += WORD_BYTES;
        q += WORD_BYTES;
        size_bytes -= WORD_BYTES;
    }
    for (; size_bytes > 0; size_bytes--, p++, q++) {
        if (*p != *q)
            return *p - *q;
    }
    return 0;
}

void *memchr(const void *bytes, int byte, size_t size_bytes)
{
    const unsigned char *p = bytes;
    for (; size_bytes > 0; size_bytes--, p++) {
        if (*p == (unsigned char)byte)
            return (void *)p;
    }
    return NULL;
}

size_t strlen(const char *text)
{
    const char *end = text;
    while (*end != 0)
        end++;
    return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t size_bytes)
{
    size_t length = 0;
    while (length < size_bytes && text[length] != 0)
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t size_bytes)
{
    for (; size_bytes > 0; size_bytes--, a++, b++) {
        if (*a != *b || *a == 0)
            return (unsigned char)*a - (unsigned char)*b;
    }
    return 0;
}

char *strchr(const char *text, int byte)
{
    for (;; text++) {
        if (*text == (char)byte)
            return (char *)text;
        if (*text == 0)
            return NULL;
    }
}

char *strrchr(const char *text, int byte)
{
    const char *last = NULL;
    for (;; text++) {
        if (*text == (char)byte)
            last = text;
        if (*text == 0)
            return (char *)last;
    }
}

char *strstr(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (;; text++) {
        if (strncmp(text, part, length) == 0)
            return (char *)text;
        if (*text == 0)
            return NULL;
    }
}
