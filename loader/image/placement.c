/* Placing sections; see the header. */
#include "loader/image/placement.h"

#include <elf.h>

#include "lib/string.h"

/*
 * While the plan is made, a section's offset counts from the start of its segment, and its kind stands
 * above it in the same word.
 */
#define KIND_SHIFT  30
#define OFFSET_MASK ((1u << KIND_SHIFT) - 1)
_Static_assert(PLACEMENT_SIZE_MAX <= OFFSET_MASK, "offsets leave room for the kind");
_Static_assert(SEGMENT_COUNT <= PLACE_NONE >> KIND_SHIFT, "PLACE_NONE is of no kind");

static enum segment_kind segment_of(const struct image_section *section)
{
    if ((section->flags & SHF_EXECINSTR) != 0)
        return SEGMENT_TEXT;
    return (section->flags & SHF_WRITE) != 0 ? SEGMENT_DATA : SEGMENT_CONSTANTS;
}

/* Puts `size` bytes behind what is in a segment; false when that is more than the limit. */
static bool append(struct placement *placement, enum segment_kind kind, uint64_t size,
                   uint64_t alignment, uint32_t *offset)
{
    struct segment *segment = &placement->segments[kind];
    uint64_t start = ALIGN_UP((uint64_t)segment->size_bytes, alignment);
    uint64_t end = start + size; /* each of the two is far below 2^63 */
    if (end > PLACEMENT_SIZE_MAX)
        return false;
    if (alignment > placement->alignments[kind])
        placement->alignments[kind] = (uint32_t)alignment;
    segment->size_bytes = (uint32_t)end;
    *offset = (uint32_t)start;
    return true;
}

/* Segments one after the other, each aligned as what is in it. */
static bool place_segments(uint32_t page_size, struct placement *placement)
{
    uint64_t end = 0;
    placement->alignment_bytes = page_size;
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        uint32_t alignment = placement->alignments[kind];
        if (placement->segments[kind].size_bytes != 0)
            end = ALIGN_UP(end, (uint64_t)alignment);
        placement->segments[kind].offset_bytes = (uint32_t)end;
        end = ALIGN_UP(end + placement->segments[kind].size_bytes, (uint64_t)page_size);
        if (end > PLACEMENT_SIZE_MAX)
            return false;
        if (alignment > placement->alignment_bytes)
            placement->alignment_bytes = alignment;
    }
    placement->size_bytes = (uint32_t)end;
    return true;
}

static enum status refuse(const struct image_section *section, uint32_t index,
                          struct diagnosis *diagnosis)
{
    return diagnose(diagnosis, STATUS_PLACEMENT_SIZE,
                    "section %u (%s): 0x%llx aligned to 0x%llx, in all over 0x%x", index,
                    section->name, (unsigned long long)section->size,
                    (unsigned long long)section->alignment, PLACEMENT_SIZE_MAX);
}

/* Every section's place in its segment. */
static enum status place_sections(const struct image *image, struct placement *placement,
                                  struct diagnosis *diagnosis)
{
    placement->offsets[0] = PLACE_NONE;
    for (uint32_t i = 1; i < image->section_count; i++) {
        placement->offsets[i] = PLACE_NONE;
        if (!image_section_is_allocated(image, i))
            continue;
        struct image_section section = image_section(image, i);
        if (!image_section_is_loaded(&section))
            continue;
        enum segment_kind kind = segment_of(&section);
        uint32_t offset;
        if (!append(placement, kind, section.size, section.alignment, &offset))
            return refuse(&section, i, diagnosis);
        placement->offsets[i] = (uint32_t)kind << KIND_SHIFT | offset;
    }
    return STATUS_OK;
}

enum status placement_plan(const struct image *image, uint32_t page_size, uint32_t *offsets,
                           struct placement *placement, struct diagnosis *diagnosis)
{
    *placement = (struct placement){.offsets = offsets};
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++)
        placement->alignments[kind] = page_size;
    enum status status = place_sections(image, placement, diagnosis);
    if (status != STATUS_OK)
        return status;
    if (image->common_size != 0 && !append(placement, SEGMENT_DATA, image->common_size,
                                           image->common_alignment, &placement->common_offset))
        return diagnose(diagnosis, STATUS_PLACEMENT_SIZE, "0x%x bytes of COMMON symbols",
                        image->common_size);
    if (!place_segments(page_size, placement))
        return diagnose(diagnosis, STATUS_PLACEMENT_SIZE, "in all over 0x%x", PLACEMENT_SIZE_MAX);
    placement->common_offset += placement->segments[SEGMENT_DATA].offset_bytes;
    for (uint32_t i = 1; i < image->section_count; i++) {
        if (offsets[i] != PLACE_NONE)
            offsets[i] = placement->segments[offsets[i] >> KIND_SHIFT].offset_bytes +
                         (offsets[i] & OFFSET_MASK);
    }
    return STATUS_OK;
}

/* Zeroes from `*end` to `start`, where the next contents begin; *end is then behind those. */
static void fill_gap(uint8_t *block, bool is_zeroed, uint32_t *end, uint32_t start, uint32_t size)
{
    if (*end != start && !is_zeroed)
        memset(block + *end, 0, start - *end);
    *end = start + size;
}

void placement_fill(const struct image *image, const struct placement *placement, uint8_t *block,
                    bool is_zeroed)
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
        fill_gap(block, is_zeroed, &ends[segment_of(&section)], offset, (uint32_t)contents.size);
        memcpy(block + offset, contents.bytes, contents.size);
    }
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        uint32_t next = kind + 1 < SEGMENT_COUNT ? placement->segments[kind + 1].offset_bytes
                                                 : placement->size_bytes;
        fill_gap(block, is_zeroed, &ends[kind], next, 0);
    }
}
