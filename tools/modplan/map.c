/* The map of an object; see the header. */
#include "tools/modplan/map.h"

#include "tools/support/memory.h"

#define HEX(value) ((unsigned long long)(value))

static void add_section(const struct image *image, uint32_t index, uint64_t address,
                        struct given *lines)
{
    struct image_section section = image_section(image, index);
    given_add(lines, memory_text("section %u %llx %llx %s", index, HEX(address), HEX(section.size),
                                 section.name));
}

void map_make(const struct image *image, const struct placement *placement,
              const struct symbols *symbols, uint64_t base, struct given *lines)
{
    for (uint32_t i = 1; i < image->section_count; i++) {
        if (placement->offsets[i] != PLACE_NONE)
            add_section(image, i, base + placement->offsets[i], lines);
    }
    for (uint32_t i = image->first_global; i < image->symbol_count; i++) {
        if (i != 0 && !symbols_is_import(symbols, i))
            given_add(lines, memory_text("symbol %llx %s", HEX(symbols_address(symbols, i)),
                                         symbols_name(symbols, i)));
    }
}
