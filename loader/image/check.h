/*
 * The parts of image_check, one file each; private to loader/image. Each gets an image in which what the
 * parts before it have checked is filled in.
 */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "loader/image/image.h"

#define HEX(value) ((unsigned long long)(value))

/* A string table must end with a zero byte: then every offset inside it starts a text that ends. */
static inline bool strings_end(struct span strings)
{
    return strings.size > 0 && strings.bytes[strings.size - 1] == 0;
}

/* What names that lie in `strings_bytes` of strings may have together, in bytes. */
static inline uint64_t names_limit(uint64_t strings_bytes)
{
    uint64_t limit = IMAGE_NAMES_SHARE * strings_bytes;
    return limit > IMAGE_NAMES_TOTAL ? limit : IMAGE_NAMES_TOTAL;
}

/* The symbol table that was noted and its strings: one of STATUS_STRINGS to STATUS_SYMBOL_INDIRECT. */
MUST_CHECK enum status check_symbols(struct image *image, struct diagnosis *diagnosis);
/* The sections that modld wrote, against the symbols: one of STATUS_MOD_*. */
MUST_CHECK enum status check_mod_sections(struct image *image, struct diagnosis *diagnosis);
