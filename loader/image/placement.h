/*
 * Where the sections of an image go in memory: one block, sections of the same protection together,
 * each group on pages of its own and aligned as the most aligned section in it.
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

/*
 * Memory of one object, with what alignment adds: twice what its sections may have together. Where each
 * of 100,000 sections asks for 2 MiB of alignment, that is where it ends.
 */
#define PLACEMENT_SIZE_MAX 0x3ffff000u

struct segment {
    uint32_t offset_bytes; /* from the start of the block; a multiple of its alignment */
    uint32_t size_bytes;   /* of its sections, not rounded; 0 when there are none */
};

struct placement {
    uint32_t *offsets; /* by section index: from the start of the block, or PLACE_NONE */
    struct segment segments[SEGMENT_COUNT];
    uint32_t alignments[SEGMENT_COUNT]; /* of each segment's start, `page_size` or more */
    uint32_t common_offset;             /* of the room for COMMON symbols */
    uint32_t size_bytes; /* of the block, a multiple of `page_size`; 0 when nothing is loaded */
    uint32_t alignment_bytes; /* of the block: the largest of its segments' */
};

/*
 * Fills offsets[0 .. image->section_count) and *placement. Fails with PLACEMENT_SIZE, the diagnosis
 * naming the section that is too much.
 */
MUST_CHECK enum status placement_plan(const struct image *image, uint32_t page_size,
                                      uint32_t *offsets, struct placement *placement,
                                      struct diagnosis *diagnosis);

/*
 * Fills `block` of placement->size_bytes, whatever was in it: the contents of every loaded section, and
 * zeroes everywhere else. In one that is all zeroes (`is_zeroed`) only the contents are written.
 */
void placement_fill(const struct image *image, const struct placement *placement, uint8_t *block,
                    bool is_zeroed);

/* True for a symbol defined in a section that gets no memory: it has no address. */
static inline bool placement_lacks(const struct placement *placement,
                                   const struct image_symbol *symbol)
{
    return image_symbol_has_section(symbol) && placement->offsets[symbol->section] == PLACE_NONE;
}

/*
 * The address that a symbol defined here has when the block is at `base`: section's place plus value;
 * the value itself for an absolute symbol; 0 in a section that gets no memory.
 */
static inline uint64_t placement_symbol_address(const struct placement *placement,
                                                const struct image_symbol *symbol, uint64_t base)
{
    if (symbol->section == IMAGE_SECTION_ABSOLUTE)
        return symbol->value;
    if (!image_symbol_has_section(symbol) || placement->offsets[symbol->section] == PLACE_NONE)
        return 0;
    return base + placement->offsets[symbol->section] + symbol->value;
}
