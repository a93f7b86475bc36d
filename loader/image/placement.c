/* Placing sections; see the header. */
#include "loader/image/placement.h"

#include <elf.h>

#include "lib/string.h"

/*
 * While the plan is made, a section's offset counts from the start of its segment, and its kind stands
 * above it in the same word. Offsets stay below 2^30: image_check bounds the sections' total by
 * IMAGE_SIZE_MAX, 2^29, and alignment adds less than a page, 2^12, for each of 65,279 sections.
 */
#define KIND_SHIFT  30
#define OFFSET_MASK ((1u << KIND_SHIFT) - 1)
_Static_assert(IMAGE_SIZE_MAX + IMAGE_SECTIONS_MAX * (uint64_t)IMAGE_ALIGNMENT_MAX < OFFSET_MASK,
               "offsets leave room for the kind");
_Static_assert(SEGMENT_COUNT <= PLACE_NONE >> KIND_SHIFT, "PLACE_NONE is of no kind");

static enum segment_kind segment_of(const struct image_section *section)
{
    if ((section->flags & SHF_EXECINSTR) != 0)
        return SEGMENT_TEXT;
    return (section->flags & SHF_WRITE) != 0 ? SEGMENT_DATA : SEGMENT_CONSTANTS;
}

/* Puts a section behind those of its kind. */
static uint32_t place(const struct image_section *section, struct placement *placement)
{
    enum segment_kind kind = segment_of(section);
    struct segment *segment = &placement->segments[kind];
    uint32_t offset = ALIGN_UP(segment->size_bytes, (uint32_t)section->alignment);
    segment->size_bytes = offset + (uint32_t)section->size;
    return (uint32_t)kind << KIND_SHIFT | offset;
}

static void place_segments(uint32_t page_size, struct placement *placement)
{
    uint32_t end = 0;
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        placement->segments[kind].offset_bytes = end;
        end = ALIGN_UP(end + placement->segments[kind].size_bytes, page_size);
    }
    placement->size_bytes = end;
}

void placement_plan(const struct image *image, uint32_t page_size, uint32_t *offsets,
                    struct placement *placement)
{
    *placement = (struct placement){.offsets = offsets};
    offsets[0] = PLACE_NONE;
    for (uint32_t i = 1; i < image->section_count; i++) {
        struct image_section section = image_section(image, i);
        offsets[i] = image_section_is_loaded(&section) ? place(&section, placement) : PLACE_NONE;
    }
    place_segments(page_size, placement);
    for (uint32_t i = 1; i < image->section_count; i++) {
        if (offsets[i] != PLACE_NONE)
            offsets[i] = placement->segments[offsets[i] >> KIND_SHIFT].offset_bytes +
                         (offsets[i] & OFFSET_MASK);
    }
}

/* Zeroes from `*end` to `start`, where the next contents begin; *end is then behind those. */
static void fill_gap(uint8_t *block, uint32_t *end, uint32_t start, uint32_t size)
{
    if (*end != start)
        memset(block + *end, 0, start - *end);
    *end = start + size;
}

void placement_fill(const struct image *image, const struct placement *placement, uint8_t *block)
{
    uint32_t ends[SEGMENT_COUNT]; /* by segment: how far it is filled */
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++)
        ends[kind] = placement->segments[kind].offset_bytes;
    for (uint32_t i = 1; i < image->section_count; i++) {
        uint32_t offset = placement->offsets[i];
        if (offset == PLACE_NONE)
            continue;
        struct image_section section = image_section(image, i);
        struct span contents = image_contents(image, &section);
        if (contents.size == 0)
            continue; /* zeroes, if anything, like the gap before what follows */
        fill_gap(block, &ends[segment_of(&section)], offset, (uint32_t)contents.size);
        memcpy(block + offset, contents.bytes, contents.size);
    }
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        uint32_t next = kind + 1 < SEGMENT_COUNT ? placement->segments[kind + 1].offset_bytes
                                                 : placement->size_bytes;
        fill_gap(block, &ends[kind], next, 0);
    }
}
