/*
 * Hashes. hash_name is part of the file format: modld writes its results into .mod.exports and
 * .mod.imports (include/mortise/modfile.h), so it never changes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_NAME_START 2166136261u
#define HASH_NAME_PRIME 16777619u

/* 32-bit FNV-1a of a zero-ended name. */
static inline uint32_t hash_name(const char *name)
{
    uint32_t hash = HASH_NAME_START;
    for (const unsigned char *p = (const unsigned char *)name; *p != 0; p++)
        hash = (hash ^ *p) * HASH_NAME_PRIME;
    return hash;
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
