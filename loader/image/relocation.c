/*
 * Reading and applying relocations. The loop over entries is the loader's hot path: it is written once
 * and made into one copy for each combination of class and addend form, so that nothing in it asks
 * which format it reads.
 *
 * Sources: System V gABI, "Relocation"; the machines' tables in loader/machine/.
 */
#include "loader/image/relocation.h"

#include <elf.h>

#include "lib/format.h"
#include "loader/image/relocation_entry.h"

#define HEX(value) ((unsigned long long)(value))

bool relocations_open(const struct image *image, uint32_t index, struct relocations *relocations,
                      enum status *status, struct diagnosis *diagnosis)
{
    uint32_t type = image_section_type(image, index);
    *status = STATUS_OK;
    if (type != SHT_REL && type != SHT_RELA)
        return false;
    struct image_section section = image_section(image, index);
    bool is_64 = image->machine->is_64;
    bool has_addend = type == SHT_RELA;
    size_t entry_size = is_64 ? (has_addend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel))
                              : (has_addend ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel));
    bool is_sound = section.entry_size == entry_size && section.size % entry_size == 0 &&
                    section.size / entry_size <= UINT32_MAX && section.info != 0 &&
                    section.info < image->section_count && section.link == image->symbol_section;
    if (!is_sound) {
        *status = diagnose(diagnosis, STATUS_RELOCATION_TABLE,
                           "section %u (%s): entries of 0x%llx in 0x%llx, link %u, info %u", index,
                           section.name, HEX(section.entry_size), HEX(section.size), section.link,
                           section.info);
        return false;
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

bool relocations_next(struct relocation_walk *walk)
{
    const struct image *image = walk->image;
    struct diagnosis ignored;
    while (walk->next_entry == walk->relocations.count) {
        enum status status;
        if (walk->next_section == image->section_count)
            return false;
        walk->next_entry = 0;
        if (!relocations_open(image, walk->next_section++, &walk->relocations, &status, &ignored))
            walk->relocations.count = 0;
    }
    walk->entry = walk->next_entry++;
    walk->relocation = relocations_get(image, &walk->relocations, walk->entry);
    return true;
}

/* All that the loop over the entries of one section needs. */
struct loop {
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

/*
 * Applies one entry of a type with this formula, width and range; false, with nothing done, when it
 * is remarkable in any way. A symbol at 0 is: it may be one in a section that got no memory.
 */
static ALWAYS_INLINE bool apply_as(const struct loop *loop, const struct relocation *entry,
                                   bool is_64, bool has_addend, unsigned formula,
                                   unsigned width_bytes, unsigned range)
{
    if (UNLIKELY(entry->offset >= (width_bytes == 8 ? loop->offset_limit_8 : loop->offset_limit_4)))
        return false;
    if (UNLIKELY(entry->symbol >= loop->symbol_count))
        return false;
    uint8_t *place = loop->bytes + entry->offset;
    uint64_t value = symbol_address(loop->symbol_entries, entry->symbol, is_64);
    if (UNLIKELY(value == 0))
        return false;
    value += (uint64_t)(has_addend ? entry->addend : implicit_addend(place, width_bytes));
    if (formula == FORMULA_RELATIVE)
        value -= loop->address + entry->offset;
    if (UNLIKELY(!value_fits(value, range)))
        return false;
    if (width_bytes == 8)
        store_u64(place, value);
    else
        store_u32(place, (uint32_t)value);
    return true;
}

/* One branch on the type's form, which comes from our own tables, then code for that form alone. */
static ALWAYS_INLINE bool apply(const struct loop *loop, const struct relocation *entry, bool is_64,
                                bool has_addend)
{
    if (UNLIKELY(entry->type >= loop->type_count))
        return false;
    switch (loop->types[entry->type].form) {
#define FORM(formula, width_bytes, range)                                                          \
    case RELOCATION_FORM(formula, width_bytes, range):                                             \
        return apply_as(loop, entry, is_64, has_addend, formula, width_bytes, range);
        FORM(FORMULA_ABSOLUTE, 8, RANGE_WRAPS)
        FORM(FORMULA_ABSOLUTE, 4, RANGE_WRAPS)
        FORM(FORMULA_ABSOLUTE, 4, RANGE_SIGNED)
        FORM(FORMULA_ABSOLUTE, 4, RANGE_UNSIGNED)
        FORM(FORMULA_RELATIVE, 8, RANGE_WRAPS)
        FORM(FORMULA_RELATIVE, 4, RANGE_WRAPS)
        FORM(FORMULA_RELATIVE, 4, RANGE_SIGNED)
#undef FORM
    case RELOCATION_FORM(FORMULA_NONE, 0, RANGE_WRAPS):
        return true;
    case RELOCATION_FORM_RARE:
        return false;
    default:
        __builtin_unreachable();
    }
}

/*
 * Applies entries from `first` on until one is remarkable; gives the index of that one, or the count.
 * What the loop needs is copied to where no store into the block can seem to change it.
 */
static ALWAYS_INLINE uint32_t apply_entries(const struct loop *loop,
                                            const struct relocations *relocations, uint32_t first,
                                            bool is_64, bool has_addend)
{
    const struct loop ours = *loop;
    const size_t entry_size = is_64 ? (has_addend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel))
                                    : (has_addend ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel));
    const uint8_t *entries = relocations->entries.bytes;
    const uint8_t *end = entries + relocations->count * entry_size;
    const uint8_t *entry = entries + first * entry_size;
    for (; entry != end; entry += entry_size) {
        struct relocation relocation = decode(entry, is_64, has_addend);
        if (UNLIKELY(!apply(&ours, &relocation, is_64, has_addend)))
            break;
    }
    return (uint32_t)((size_t)(entry - entries) / entry_size);
}

/* Each loop is a function of its own, with all registers for itself. */
#define FORMAT(name, is_64, has_addend)                                                            \
    static __attribute__((noinline)) uint32_t name(                                                \
        const struct loop *loop, const struct relocations *relocations, uint32_t first)            \
    {                                                                                              \
        return apply_entries(loop, relocations, first, is_64, has_addend);                         \
    }
FORMAT(apply_rela_64, true, true)
FORMAT(apply_rel_64, true, false)
FORMAT(apply_rela_32, false, true)
FORMAT(apply_rel_32, false, false)
#undef FORMAT

static uint32_t apply_frequent(const struct loop *loop, const struct relocations *relocations,
                               uint32_t first, bool is_64)
{
    if (is_64)
        return relocations->has_addend ? apply_rela_64(loop, relocations, first)
                                       : apply_rel_64(loop, relocations, first);
    return relocations->has_addend ? apply_rela_32(loop, relocations, first)
                                   : apply_rel_32(loop, relocations, first);
}

/* Says everything about the entry that failed. */
static enum status explain(const struct relocation_target *target,
                           const struct relocations *relocations,
                           const struct relocation_result *result, struct diagnosis *diagnosis)
{
    const struct relocating *work = target->work;
    const struct machine *machine = work->image->machine;
    struct relocation entry = relocations_get(work->image, relocations, work->entry);
    struct image_section section = image_section(work->image, relocations->target_section);
    bool has_type = entry.type < machine->type_count && machine->types[entry.type].name != NULL;
    bool has_symbol = entry.symbol < work->symbols->count;
    char value[sizeof(", value 0x0123456789abcdef")] = "";
    if (result->status == STATUS_RELOCATION_OVERFLOW)
        format_text(value, sizeof(value), ", value 0x%llx", HEX(result->value));
    return diagnose(
        diagnosis, result->status,
        "section %u entry %u: type %u (%s) at %.32s+0x%llx, symbol %u (%.48s) = 0x%llx, "
        "place 0x%llx%s",
        relocations->section, work->entry, entry.type,
        has_type ? machine->types[entry.type].name : "unknown", section.name, HEX(entry.offset),
        entry.symbol, has_symbol ? symbols_name(work->symbols, entry.symbol) : "none",
        HEX(has_symbol ? symbols_address(work->symbols, entry.symbol) : 0),
        HEX(target->address + entry.offset), value);
}

/* The frequent ones by the loop, the remarkable ones one by one in between. */
static enum status relocate_section(struct relocating *work, const struct relocations *relocations,
                                    struct diagnosis *diagnosis)
{
    const struct machine *machine = work->image->machine;
    struct relocation_target target = relocation_target(work, relocations);
    struct loop loop = {
        .symbol_entries = work->symbols->entries,
        .symbol_count = work->symbols->count,
        .types = machine->types,
        .type_count = machine->type_count,
        .bytes = target.bytes,
        .address = target.address,
        .offset_limit_4 = offset_limit(target.size, 4),
        .offset_limit_8 = offset_limit(target.size, 8),
    };
    for (;; work->entry++) {
        work->entry = apply_frequent(&loop, relocations, work->entry, machine->is_64);
        if (work->entry == relocations->count)
            return STATUS_OK;
        struct relocation entry = relocations_get(work->image, relocations, work->entry);
        struct relocation_result result = relocation_entry_apply(&target, &entry);
        work->wants_linkage = result.wants_linkage;
        if (work->wants_linkage)
            return STATUS_OK;
        if (result.status != STATUS_OK)
            return explain(&target, relocations, &result, diagnosis);
    }
}

enum status relocate(struct relocating *work, struct diagnosis *diagnosis)
{
    work->wants_linkage = false;
    for (; work->section < work->image->section_count; work->section++, work->entry = 0) {
        struct relocations relocations;
        enum status status;
        if (relocations_open(work->image, work->section, &relocations, &status, diagnosis))
            status = relocate_section(work, &relocations, diagnosis);
        if (status != STATUS_OK || work->wants_linkage)
            return status;
    }
    return STATUS_OK;
}

static void section_wants(const struct relocating *work, const struct relocations *relocations,
                          uint32_t first, struct linkage *linkage)
{
    struct relocation_target target = relocation_target(work, relocations);
    for (uint32_t i = first; i < relocations->count; i++) {
        struct relocation entry = relocations_get(work->image, relocations, i);
        enum relocation_need need = relocation_entry_need(&target, &entry);
        if (need == NEEDS_SLOT)
            linkage_want_slot(linkage, entry.symbol);
        else if (need == NEEDS_STUB)
            linkage_want_stub(linkage, entry.symbol);
    }
}

void relocations_want(const struct relocating *work, struct linkage *linkage)
{
    struct diagnosis ignored;
    for (uint32_t i = work->section; i < work->image->section_count; i++) {
        struct relocations relocations;
        enum status status;
        if (relocations_open(work->image, i, &relocations, &status, &ignored))
            section_wants(work, &relocations, i == work->section ? work->entry : 0, linkage);
    }
}
