/*
 * Where the sections of an image go in memory: one block, sections of the same protection together,
 * each group on pages of its own.
 *
 *   offset 0                                                       size_bytes (whole pages)
 *   | text: read, execute | constants: read | data: read, write, then zeroes |
 *
 * Pure: plans only; the caller provides the array and the memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "loader/image/image.h"

enum segment_kind { SEGMENT_TEXT, SEGMENT_CONSTANTS, SEGMENT_DATA };
#define SEGMENT_COUNT 3

/* The offset of a section that gets no memory. */
#define PLACE_NONE UINT32_MAX

struct segment {
    uint32_t offset_bytes; /* from the start of the block; a multiple of the page size */
    uint32_t size_bytes;   /* of its sections, not rounded; 0 when there are none */
};

struct placement {
    uint32_t *offsets; /* by section index: from the start of the block, or PLACE_NONE */
    struct segment segments[SEGMENT_COUNT];
    uint32_t size_bytes; /* of the block, a multiple of `page_size`; 0 when nothing is loaded */
};

/* Fills offsets[0 .. image->section_count) and *placement. */
void placement_plan(const struct image *image, uint32_t page_size, uint32_t *offsets,
                    struct placement *placement);

/*
 * Fills `block` of placement->size_bytes, whatever was in it: the contents of every loaded section, and
 * zeroes everywhere else.
 */
void placement_fill(const struct image *image, const struct placement *placement, uint8_t *block);

/*
 * The address that a symbol defined here has when the block is at `base`: section's place plus value;
 * the value itself for an absolute symbol; 0 in a section that gets no memory.
 */
static inline uint64_t placement_symbol_address(const struct placement *placement,
                                                const struct image_symbol *symbol, uint64_t base)
{
    if (symbol->section == SHN_ABS)
        return symbol->value;
    if (symbol->section == SHN_UNDEF || placement->offsets[symbol->section] == PLACE_NONE)
        return 0;
    return base + placement->offsets[symbol->section] + symbol->value;
}
