/*
 * Hashes. hash_name is part of the file format: modld writes its results into .mod.exports and
 * .mod.imports (include/mortise/modfile.h), so it never changes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

#define HASH_NAME_START  14695981039346656037ull
#define HASH_NAME_FACTOR 0x9e3779b97f4a7c15ull /* 2^64 divided by the golden ratio: scatters well */

/* The same little-endian word where fewer bytes may be read. */
static __attribute__((noinline, unused)) uint64_t hash_last_word(const char *name)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < sizeof(word) && name[i] != 0; i++)
        word |= (uint64_t)(unsigned char)name[i] << 8 * i;
    return word;
}

/*
 * 32-bit hash of a zero-ended name: its bytes, the zero and more zeroes up to a multiple of eight, as
 * little-endian words, each mixed in by a multiplication whose upper half is folded into the lower.
 * Whole words are read where they lie before `end`, behind which nothing is: the zero lies before it.
 */
static inline uint32_t hash_name_before(const char *name, const char *end)
{
    const uint64_t ones = 0x0101010101010101ull;
    uint64_t hash = HASH_NAME_START;
    for (;; name += sizeof(uint64_t)) {
        uint64_t word;
        if (LIKELY((size_t)(end - name) >= sizeof(word)))
            __builtin_memcpy(&word, name, sizeof(word));
        else
            word = hash_last_word(name);
        /* The lowest bit set is the highest one of the lowest byte that is zero. */
        uint64_t ends = (word - ones) & ~word & ones << 7;
        if (ends != 0)
            word &= ends ^ (ends - 1);
        hash = (hash ^ word) * HASH_NAME_FACTOR;
        hash ^= hash >> 32;
        if (ends != 0)
            return (uint32_t)(hash * HASH_NAME_FACTOR >> 32);
    }
}

/* The same where only the name itself is known to be there. */
static inline uint32_t hash_name(const char *name)
{
    return hash_name_before(name, name + __builtin_strlen(name) + 1);
}

#define DIGEST_START 14695981039346656037ull
#define DIGEST_PRIME 1099511628211ull

/* 64-bit FNV-1a over bytes, to be continued from an earlier result or from DIGEST_START. */
static inline uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ p[i]) * DIGEST_PRIME;
    return digest;
}
