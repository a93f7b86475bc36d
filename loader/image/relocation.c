/*
 * Reading and applying relocations. The loop over entries is the loader's hot path: it is written once
 * and made into one copy for each combination of class and addend form, so that nothing in it asks
 * which format it reads.
 *
 * Sources: System V gABI, "Relocation"; the machines' tables in loader/machine/.
 */
#include "loader/image/relocation.h"

#include <elf.h>

#define HEX(value) ((unsigned long long)(value))

bool relocations_open(const struct image *image, uint32_t index, struct relocations *relocations,
                      enum status *status, struct diagnosis *diagnosis)
{
    uint32_t type = image_section_type(image, index);
    if (type != SHT_REL && type != SHT_RELA)
        return false;
    struct image_section section = image_section(image, index);
    bool is_64 = image->machine->is_64;
    bool has_addend = type == SHT_RELA;
    size_t entry_size = is_64 ? (has_addend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel))
                              : (has_addend ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel));
    *status = STATUS_OK;
    bool is_sound = section.entry_size == entry_size && section.size % entry_size == 0 &&
                    section.size / entry_size <= UINT32_MAX && section.info != 0 &&
                    section.info < image->section_count && section.link == image->symbol_section;
    if (!is_sound) {
        *status = diagnose(diagnosis, STATUS_RELOCATION_TABLE,
                           "section %u (%s): entries of 0x%llx in 0x%llx, link %u, info %u", index,
                           section.name, HEX(section.entry_size), HEX(section.size), section.link,
                           section.info);
        return true;
    }
    *relocations = (struct relocations){
        .section = index,
        .target_section = section.info,
        .entries = image_contents(image, &section),
        .entry_size = (uint32_t)entry_size,
        .count = (uint32_t)(section.size / entry_size),
        .has_addend = has_addend,
    };
    struct image_section target = image_section(image, section.info);
    return image_section_is_loaded(&target);
}

/* On a little-endian machine ELF64's r_info is two words: the type, then the symbol. */
#define R_TYPE_64   offsetof(Elf64_Rela, r_info)
#define R_SYMBOL_64 (offsetof(Elf64_Rela, r_info) + sizeof(uint32_t))

static ALWAYS_INLINE struct relocation decode(const uint8_t *entry, bool is_64, bool has_addend)
{
    if (is_64)
        return (struct relocation){
            .offset = load_u64(entry + offsetof(Elf64_Rela, r_offset)),
            .type = load_u32(entry + R_TYPE_64),
            .symbol = load_u32(entry + R_SYMBOL_64),
            .addend = has_addend ? (int64_t)load_u64(entry + offsetof(Elf64_Rela, r_addend)) : 0,
        };
    uint32_t info = load_u32(entry + offsetof(Elf32_Rela, r_info));
    return (struct relocation){
        .offset = load_u32(entry + offsetof(Elf32_Rela, r_offset)),
        .type = ELF32_R_TYPE(info),
        .symbol = ELF32_R_SYM(info),
        .addend = has_addend ? (int32_t)load_u32(entry + offsetof(Elf32_Rela, r_addend)) : 0,
    };
}

struct relocation relocations_get(const struct image *image, const struct relocations *relocations,
                                  uint32_t index)
{
    ASSERT(index < relocations->count);
    const uint8_t *entry = relocations->entries.bytes + (size_t)index * relocations->entry_size;
    return decode(entry, image->machine->is_64, relocations->has_addend);
}

/* All that applying the entries of one section needs. */
struct target {
    const struct image *image;
    const struct symbols *symbols;
    const uint8_t *symbol_entries;
    uint32_t symbol_count;
    uint32_t type_count;
    const struct relocation_type *types;
    uint8_t *bytes;   /* the target section in the block */
    uint64_t address; /* of its first byte */
    /* Places of 4 and of 8 bytes lie wholly inside when their offset is below these. */
    uint64_t offset_limit_4;
    uint64_t offset_limit_8;
};

static uint64_t offset_limit(uint64_t size, unsigned width_bytes)
{
    return size < width_bytes ? 0 : size - width_bytes + 1;
}

/* Whether `value`, computed in 64 bits, means the same when the place is used. */
static ALWAYS_INLINE bool value_fits(uint64_t value, unsigned range)
{
    if (range == RANGE_SIGNED)
        return (int64_t)value == (int32_t)value;
    return range != RANGE_UNSIGNED || value == (uint32_t)value;
}

static ALWAYS_INLINE uint64_t symbol_address(const uint8_t *entries, uint32_t index, bool is_64)
{
    if (is_64)
        return load_u64(entries + (size_t)index * sizeof(Elf64_Sym) +
                        offsetof(Elf64_Sym, st_value));
    return load_u32(entries + (size_t)index * sizeof(Elf32_Sym) + offsetof(Elf32_Sym, st_value));
}

/* The addend that stands at the place, as wide as the place. */
static ALWAYS_INLINE int64_t implicit_addend(const uint8_t *place, unsigned width_bytes)
{
    return width_bytes == 8 ? (int64_t)load_u64(place) : (int32_t)load_u32(place);
}

/* Applies one entry of a type with this formula, width and range; OK or what is wrong with it. */
static ALWAYS_INLINE enum status apply_as(const struct target *target,
                                          const struct relocation *entry, bool is_64,
                                          bool has_addend, unsigned formula, unsigned width_bytes,
                                          unsigned range)
{
    if (UNLIKELY(entry->offset >=
                 (width_bytes == 8 ? target->offset_limit_8 : target->offset_limit_4)))
        return STATUS_RELOCATION_PLACE;
    if (UNLIKELY(entry->symbol >= target->symbol_count))
        return STATUS_RELOCATION_SYMBOL;
    uint8_t *place = target->bytes + entry->offset;
    uint64_t value = symbol_address(target->symbol_entries, entry->symbol, is_64);
    value += (uint64_t)(has_addend ? entry->addend : implicit_addend(place, width_bytes));
    if (formula == FORMULA_RELATIVE)
        value -= target->address + entry->offset;
    if (UNLIKELY(!value_fits(value, range)))
        return STATUS_RELOCATION_OVERFLOW;
    if (width_bytes == 8)
        store_u64(place, value);
    else
        store_u32(place, (uint32_t)value);
    return STATUS_OK;
}

/* One branch on the type's form, then code for that form alone. */
static ALWAYS_INLINE enum status apply(const struct target *target, const struct relocation *entry,
                                       bool is_64, bool has_addend)
{
    if (UNLIKELY(entry->type >= target->type_count))
        return STATUS_RELOCATION_TYPE;
    switch (target->types[entry->type].form % RELOCATION_FORMS) {
#define FORM(formula, width_bytes, range)                                                          \
    case RELOCATION_FORM(formula, width_bytes, range):                                             \
        return apply_as(target, entry, is_64, has_addend, formula, width_bytes, range);
        FORM(FORMULA_ABSOLUTE, 8, RANGE_WRAPS)
        FORM(FORMULA_ABSOLUTE, 4, RANGE_WRAPS)
        FORM(FORMULA_ABSOLUTE, 4, RANGE_SIGNED)
        FORM(FORMULA_ABSOLUTE, 4, RANGE_UNSIGNED)
        FORM(FORMULA_RELATIVE, 8, RANGE_WRAPS)
        FORM(FORMULA_RELATIVE, 4, RANGE_WRAPS)
        FORM(FORMULA_RELATIVE, 4, RANGE_SIGNED)
#undef FORM
    case RELOCATION_FORM(FORMULA_NONE, 0, RANGE_WRAPS):
        return STATUS_OK;
    default:
        return STATUS_RELOCATION_TYPE;
    }
}

/*
 * Applies entries until one fails; returns the number applied, *status why it is less than count.
 * What the loop needs is copied to where no store into the block can seem to change it.
 */
static ALWAYS_INLINE uint32_t apply_entries(const struct target *target,
                                            const struct relocations *relocations,
                                            enum status *status, bool is_64, bool has_addend)
{
    const struct target ours = *target;
    const size_t entry_size = is_64 ? (has_addend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel))
                                    : (has_addend ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel));
    const uint8_t *first = relocations->entries.bytes;
    const uint8_t *end = first + relocations->count * entry_size;
    const uint8_t *entry = first;
    for (; entry != end; entry += entry_size) {
        struct relocation relocation = decode(entry, is_64, has_addend);
        enum status result = apply(&ours, &relocation, is_64, has_addend);
        if (LIKELY(result == STATUS_OK))
            continue;
        *status = result;
        break;
    }
    return (uint32_t)((size_t)(entry - first) / entry_size);
}

/* Each loop is a function of its own, with all registers for itself. */
#define FORMAT(name, is_64, has_addend)                                                            \
    static __attribute__((noinline)) uint32_t name(                                                \
        const struct target *target, const struct relocations *relocations, enum status *status)   \
    {                                                                                              \
        return apply_entries(target, relocations, status, is_64, has_addend);                      \
    }
FORMAT(apply_rela_64, true, true)
FORMAT(apply_rel_64, true, false)
FORMAT(apply_rela_32, false, true)
FORMAT(apply_rel_32, false, false)
#undef FORMAT

static uint32_t apply_section(const struct target *target, const struct relocations *relocations,
                              enum status *status)
{
    *status = STATUS_OK;
    if (target->image->machine->is_64)
        return relocations->has_addend ? apply_rela_64(target, relocations, status)
                                       : apply_rel_64(target, relocations, status);
    return relocations->has_addend ? apply_rela_32(target, relocations, status)
                                   : apply_rel_32(target, relocations, status);
}

/* Points at the section that these relocations are for. */
static void prepare_target(struct target *target, const struct relocations *relocations,
                           const struct placement *placement, uint8_t *block, uint64_t base)
{
    uint32_t offset = placement->offsets[relocations->target_section];
    struct image_section section = image_section(target->image, relocations->target_section);
    target->bytes = block + offset;
    target->address = base + offset;
    target->offset_limit_4 = offset_limit(section.size, 4);
    target->offset_limit_8 = offset_limit(section.size, 8);
}

/* Says everything about the entry that failed; `number` is its place in the file. */
static enum status explain(const struct target *target, const struct relocations *relocations,
                           uint32_t index, uint32_t number, enum status status,
                           struct diagnosis *diagnosis)
{
    const struct image *image = target->image;
    struct relocation entry = relocations_get(image, relocations, index);
    struct image_section section = image_section(image, relocations->target_section);
    bool has_type = entry.type < target->type_count && target->types[entry.type].name != NULL;
    bool has_symbol = entry.symbol < target->symbols->count;
    return diagnose(
        diagnosis, status,
        "section %u entry %u: type %u (%s) at %.32s+0x%llx, symbol %u (%.64s) = 0x%llx, "
        "place 0x%llx",
        relocations->section, number, entry.type,
        has_type ? target->types[entry.type].name : "unknown", section.name, HEX(entry.offset),
        entry.symbol, has_symbol ? symbols_name(target->symbols, entry.symbol) : "none",
        HEX(has_symbol ? symbols_address(target->symbols, entry.symbol) : 0),
        HEX(target->address + entry.offset));
}

/* Leaves out the first entries. */
static void skip_entries(struct relocations *relocations, uint32_t count)
{
    relocations->entries.bytes += (size_t)count * relocations->entry_size;
    relocations->count -= count;
}

enum status relocate_from(struct relocation_cursor *cursor, const struct image *image,
                          const struct placement *placement, const struct symbols *symbols,
                          uint8_t *block, uint64_t base, struct diagnosis *diagnosis)
{
    struct target target = {
        .image = image,
        .symbols = symbols,
        .symbol_entries = symbols->entries,
        .symbol_count = symbols->count,
        .types = image->machine->types,
        .type_count = image->machine->type_count,
    };
    uint32_t first = cursor->entry;
    for (uint32_t i = cursor->section != 0 ? cursor->section : 1; i < image->section_count;
         i++, first = 0) {
        uint32_t type = image_section_type(image, i);
        if (type != SHT_REL && type != SHT_RELA)
            continue;
        struct relocations relocations;
        enum status status = STATUS_OK;
        if (!relocations_open(image, i, &relocations, &status, diagnosis))
            continue;
        *cursor = (struct relocation_cursor){.section = i + 1};
        if (status != STATUS_OK)
            return status;
        if (first != 0)
            skip_entries(&relocations, first);
        prepare_target(&target, &relocations, placement, block, base);
        uint32_t applied = apply_section(&target, &relocations, &status);
        if (status == STATUS_OK)
            continue;
        *cursor = (struct relocation_cursor){i, first + applied + 1};
        return explain(&target, &relocations, applied, first + applied, status, diagnosis);
    }
    return STATUS_OK;
}

enum status relocate(const struct image *image, const struct placement *placement,
                     const struct symbols *symbols, uint8_t *block, uint64_t base,
                     struct diagnosis *diagnosis)
{
    struct relocation_cursor start = {0};
    return relocate_from(&start, image, placement, symbols, block, base, diagnosis);
}
