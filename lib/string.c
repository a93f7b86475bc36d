/*
 * The C library's string functions for the kernel, but for those that the machine has (arch/string.h).
 * Host programs use their C library instead.
 *
 * A compiler that meets a loop which does what one of these functions does may replace it with a call,
 * which here would be a call of itself. Therefore the Makefile compiles this file with -fno-builtin
 * and, where the compiler knows it (GCC), -fno-tree-loop-distribute-patterns.
 *
 * Blocks are compared a word at a time, through a type that may have any alignment and may alias
 * anything; x86 pays little for a word that is not aligned.
 *
 * Most functions over text go byte by byte, since they must not read past the end of what they are
 * given; strlen, strnlen and strcmp read past it within a page, where that cannot be told.
 */
#include "lib/string.h"

typedef unsigned long __attribute__((may_alias, aligned(1))) word;

#define WORD_BYTES         sizeof(word)
#define BYTE_IN_ALL_PLACES (~0ul / 255)

/* Memory that can be read at one address can be read up to the next multiple of this. */
#define SMALLEST_PAGE 4096u
/* Bytes behind a text's end are read and not used; a sanitizer need not know. */
#define READS_WHOLE_WORDS __attribute__((no_sanitize("address")))

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

/* True when a whole word at `text` can be read wherever the text ends: no page ends inside it. */
static bool word_is_readable(const char *text)
{
    return ((uintptr_t)text & (SMALLEST_PAGE - 1)) <= SMALLEST_PAGE - WORD_BYTES;
}

/* For two at once; most pairs are seen to be readable by the bits of both addresses together. */
static ALWAYS_INLINE bool words_are_readable(const char *a, const char *b)
{
    uintptr_t both = ((uintptr_t)a | (uintptr_t)b) & (SMALLEST_PAGE - 1);
    return LIKELY(both <= SMALLEST_PAGE - WORD_BYTES) ||
           (word_is_readable(a) && word_is_readable(b));
}

/* The lowest bit set is the highest one of the lowest byte that is zero; 0 when none is. */
static unsigned long zero_bytes(unsigned long value)
{
    return (value - BYTE_IN_ALL_PLACES) & ~value & (BYTE_IN_ALL_PLACES << 7);
}

/* How far the lowest byte that is zero lies from the lowest one; only when there is any. */
static size_t first_end(unsigned long ends)
{
    return (size_t)__builtin_ctzl(ends) / 8;
}

READS_WHOLE_WORDS size_t strnlen(const char *text, size_t size_bytes)
{
    size_t length = 0;
    while (length < size_bytes) {
        if (!word_is_readable(text + length)) {
            if (text[length] == 0)
                return length;
            length++;
            continue;
        }
        unsigned long ends = zero_bytes(*(const word *)(text + length));
        length += ends != 0 ? first_end(ends) : WORD_BYTES;
        if (ends != 0)
            break;
    }
    return length < size_bytes ? length : size_bytes;
}

size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

/* Names are compared all the time while they are bound, so this goes by words, too. */
READS_WHOLE_WORDS int strcmp(const char *a, const char *b)
{
    for (;;) {
        while (words_are_readable(a, b)) {
            unsigned long word_a = *(const word *)a;
            unsigned long differences = word_a ^ *(const word *)b;
            unsigned long ends = zero_bytes(word_a);
            /* Nothing up to and including the end differs: only bits above the end's may. */
            if (ends != 0 && (differences & (ends ^ (ends - 1))) == 0)
                return 0;
            if (differences != 0 || ends != 0)
                break;
            a += WORD_BYTES;
            b += WORD_BYTES;
        }
        /* The end is in this word, or a page's. */
        for (size_t i = 0; i < WORD_BYTES; i++, a++, b++) {
            if (*a != *b || *a == 0)
                return (unsigned char)*a - (unsigned char)*b;
        }
    }
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
