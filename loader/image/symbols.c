/* Symbols with final addresses; see the header. */
#include "loader/image/symbols.h"

#include <elf.h>

#include "lib/string.h"

/* The section of a missing import: a reserved number that no image's symbol may have. */
#define SECTION_MISSING SHN_HIPROC

static Elf64_Sym *entry_64(const struct symbols *symbols, uint32_t index)
{
    return (Elf64_Sym *)symbols->entries + index;
}

static Elf32_Sym *entry_32(const struct symbols *symbols, uint32_t index)
{
    return (Elf32_Sym *)symbols->entries + index;
}

uint64_t symbols_size(const struct image *image)
{
    return (uint64_t)image->symbols.size + image->names.size;
}

void symbols_copy(const struct image *image, void *memory, struct symbols *symbols)
{
    uint8_t *names = (uint8_t *)memory + image->symbols.size;
    *symbols = (struct symbols){
        .entries = memory,
        .names = (const char *)names,
        .count = image->symbol_count,
        .is_64 = image->machine->is_64,
    };
    memcpy(symbols->entries, image->symbols.bytes, image->symbols.size);
    memcpy(names, image->names.bytes, image->names.size);
}

/* The address of a symbol whose section is none, or has a number too large for the symbol. */
static uint64_t placed_specially(const struct image *image, const struct placement *placement,
                                 uint32_t index, uint64_t base)
{
    struct image_symbol symbol = image_symbol(image, index);
    return placement_symbol_address(placement, &symbol, base);
}

/*
 * Gives entry `index` its address. `offsets` and `base` are the caller's own copies, which no store into
 * an entry can seem to change.
 */
#define PLACE(entry, index)                                                                        \
    do {                                                                                           \
        uint16_t section = (entry)->st_shndx;                                                      \
        if (UNLIKELY(section >= SHN_LORESERVE))                                                    \
            (entry)->st_value =                                                                    \
                (__typeof__((entry)->st_value))placed_specially(image, placement, index, base);    \
        else if (LIKELY(offsets[section] != PLACE_NONE))                                           \
            (entry)->st_value += base + offsets[section];                                          \
        else                                                                                       \
            (entry)->st_value = 0;                                                                 \
    } while (0)

void symbols_place(struct symbols *symbols, const struct image *image,
                   const struct placement *placement, uint64_t base)
{
    const uint32_t *offsets = placement->offsets;
    const uint32_t count = symbols->count;
    if (symbols->is_64) {
        Elf64_Sym *entry = (Elf64_Sym *)symbols->entries;
        for (uint32_t i = 1; i < count; i++)
            PLACE(&entry[i], i);
        return;
    }
    Elf32_Sym *entry = (Elf32_Sym *)symbols->entries;
    for (uint32_t i = 1; i < count; i++)
        PLACE(&entry[i], i);
}
#undef PLACE

static uint32_t name_offset(const struct symbols *symbols, uint32_t index)
{
    return symbols->is_64 ? entry_64(symbols, index)->st_name : entry_32(symbols, index)->st_name;
}

static uint8_t type_of(const struct symbols *symbols, uint32_t index)
{
    uint8_t info =
        symbols->is_64 ? entry_64(symbols, index)->st_info : entry_32(symbols, index)->st_info;
    return ELF64_ST_TYPE(info);
}

static uint16_t section_of(const struct symbols *symbols, uint32_t index)
{
    return symbols->is_64 ? entry_64(symbols, index)->st_shndx : entry_32(symbols, index)->st_shndx;
}

bool symbols_is_import(const struct symbols *symbols, uint32_t index)
{
    uint16_t section = section_of(symbols, index);
    return section == SHN_UNDEF || section == SECTION_MISSING;
}

void symbols_set_missing(struct symbols *symbols, uint32_t index, bool is_missing)
{
    const uint16_t section = is_missing ? SECTION_MISSING : SHN_UNDEF;
    ASSERT(symbols_is_import(symbols, index));
    if (symbols->is_64)
        entry_64(symbols, index)->st_shndx = section;
    else
        entry_32(symbols, index)->st_shndx = section;
}

bool symbols_is_missing(const struct symbols *symbols, uint32_t index)
{
    return section_of(symbols, index) == SECTION_MISSING;
}

/*
 * True for a symbol that names a place in memory: not undefined, absolute, a section or a file, nor
 * in a section that got no memory, whose symbols have address 0.
 */
static bool is_place(const struct symbols *symbols, uint32_t index)
{
    uint16_t section = section_of(symbols, index);
    uint8_t type = type_of(symbols, index);
    bool is_name = type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE;
    return section != SHN_UNDEF && section != SHN_ABS && is_name &&
           name_offset(symbols, index) != 0 && symbols_address(symbols, index) != 0;
}

/*
 * True when `index` tells more than `best` about an address at or above both. The null symbol, which
 * stands for none, has address 0, below every place.
 */
static bool is_better(const struct symbols *symbols, uint32_t index, uint32_t best)
{
    uint64_t address = symbols_address(symbols, index);
    uint64_t best_address = symbols_address(symbols, best);
    return address > best_address ||
           (address == best_address && type_of(symbols, best) != STT_FUNC &&
            type_of(symbols, index) == STT_FUNC);
}

uint32_t symbols_find(const struct symbols *symbols, uint64_t address)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < symbols->count; i++) {
        bool is_below = symbols_address(symbols, i) <= address;
        if (is_below && is_place(symbols, i) && is_better(symbols, i, best))
            best = i;
    }
    return best;
}
