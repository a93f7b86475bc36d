/* Placing sections; see the header. */
#include "loader/image/placement.h"

#include <elf.h>

#include "lib/string.h"

static enum segment_kind segment_of(const struct image_section *section)
{
    if ((section->flags & SHF_EXECINSTR) != 0)
        return SEGMENT_TEXT;
    return (section->flags & SHF_WRITE) != 0 ? SEGMENT_DATA : SEGMENT_CONSTANTS;
}

/*
 * Appends the sections of one kind; returns the end. Sums stay below 2^32: image_check bounds the
 * sections' total by IMAGE_SIZE_MAX, and alignment adds at most a page for each of 65,279 sections.
 */
static uint32_t place_kind(const struct image *image, enum segment_kind kind, uint32_t start,
                           uint32_t *offsets)
{
    uint32_t end = start;
    for (uint32_t i = 1; i < image->section_count; i++) {
        struct image_section section = image_section(image, i);
        if (!image_section_is_loaded(&section) || segment_of(&section) != kind)
            continue;
        offsets[i] = ALIGN_UP(end, (uint32_t)section.alignment);
        end = offsets[i] + (uint32_t)section.size;
    }
    return end;
}

void placement_plan(const struct image *image, uint32_t page_size, uint32_t *offsets,
                    struct placement *placement)
{
    uint32_t end = 0;
    *placement = (struct placement){.offsets = offsets};
    for (uint32_t i = 0; i < image->section_count; i++)
        offsets[i] = PLACE_NONE;
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        uint32_t start = end;
        end = place_kind(image, (enum segment_kind)kind, start, offsets);
        placement->segments[kind] = (struct segment){start, end - start};
        end = ALIGN_UP(end, page_size);
    }
    placement->size_bytes = end;
}

void placement_fill(const struct image *image, const struct placement *placement, uint8_t *block)
{
    for (uint32_t i = 1; i < image->section_count; i++) {
        if (placement->offsets[i] == PLACE_NONE)
            continue;
        struct image_section section = image_section(image, i);
        struct span contents = image_contents(image, &section);
        if (contents.size != 0)
            memcpy(block + placement->offsets[i], contents.bytes, contents.size);
    }
}

uint64_t placement_symbol_address(const struct placement *placement,
                                  const struct image_symbol *symbol, uint64_t base)
{
    if (symbol->section == SHN_ABS)
        return symbol->value;
    if (symbol->section == SHN_UNDEF || placement->offsets[symbol->section] == PLACE_NONE)
        return 0;
    return base + placement->offsets[symbol->section] + symbol->value;
}
