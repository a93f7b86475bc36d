/*
 * Blocks of bytes with x86's string instructions, a word at a time. A block that is no whole number of
 * words ends with a word that overlaps the one before it: there is no loop over single bytes.
 *
 * The direction flag is clear, as the ABI has it. Words may have any alignment here.
 */
#include "arch/string.h"

#include <stdint.h>

typedef unsigned long __attribute__((may_alias, aligned(1))) word;
typedef uint32_t __attribute__((may_alias, aligned(1))) half_word;
typedef uint16_t __attribute__((may_alias, aligned(1))) quarter_word;

#define WORD_BYTES         sizeof(word)
#define BYTE_IN_ALL_PLACES (~0ul / 255)

#ifdef __x86_64__
#define MOVE_WORDS "rep movsq"
#define FILL_WORDS "rep stosq"
#else
#define MOVE_WORDS "rep movsl"
#define FILL_WORDS "rep stosl"
#endif

/* Fewer bytes than a word. Both ends are read before anything is written, so blocks may overlap. */
static void copy_small(unsigned char *to, const unsigned char *from, size_t size)
{
    if (size >= sizeof(half_word)) {
        half_word first = *(const half_word *)from;
        half_word last = *(const half_word *)(from + size - sizeof(half_word));
        *(half_word *)to = first;
        *(half_word *)(to + size - sizeof(half_word)) = last;
    } else if (size >= sizeof(quarter_word)) {
        quarter_word first = *(const quarter_word *)from;
        unsigned char last = from[size - 1];
        *(quarter_word *)to = first;
        to[size - 1] = last;
    } else if (size == 1) {
        *to = *from;
    }
}

/* Right also for overlapping blocks when `to` is the lower: the last word is read beforehand. */
static void copy_upwards(unsigned char *to, const unsigned char *from, size_t size)
{
    word last = *(const word *)(from + size - WORD_BYTES);
    word *end = (word *)(to + size - WORD_BYTES);
    size_t words = size / WORD_BYTES;
    __asm__ volatile(MOVE_WORDS : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    *end = last;
}

/* The mirror image, for overlapping blocks when `to` is the higher one. */
static void copy_downwards(unsigned char *to, const unsigned char *from, size_t size)
{
    word first = *(const word *)from;
    for (size_t at = size; at >= WORD_BYTES; at -= WORD_BYTES)
        *(word *)(to + at - WORD_BYTES) = *(const word *)(from + at - WORD_BYTES);
    *(word *)to = first;
}

void *memcpy(void *to, const void *from, size_t size_bytes)
{
    if (size_bytes < WORD_BYTES)
        copy_small(to, from, size_bytes);
    else
        copy_upwards(to, from, size_bytes);
    return to;
}

void *memmove(void *to, const void *from, size_t size_bytes)
{
    if (size_bytes < WORD_BYTES)
        copy_small(to, from, size_bytes);
    else if ((uintptr_t)to <= (uintptr_t)from)
        copy_upwards(to, from, size_bytes);
    else
        copy_downwards(to, from, size_bytes);
    return to;
}

void *memset(void *to, int byte, size_t size_bytes)
{
    unsigned char *place = to;
    word pattern = (unsigned char)byte * BYTE_IN_ALL_PLACES;
    size_t words = size_bytes / WORD_BYTES;
    if (words == 0) {
        while (size_bytes-- > 0)
            *place++ = (unsigned char)byte;
        return to;
    }
    *(word *)(place + size_bytes - WORD_BYTES) = pattern;
    __asm__ volatile(FILL_WORDS : "+D"(place), "+c"(words) : "a"(pattern) : "memory");
    return to;
}
