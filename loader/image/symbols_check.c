/*
 * The checks of an image's symbol table. A symbol passes when its name begins inside strings that end,
 * its binding agrees with its place in the table, and its section is there. Its value may be any number: an
 * assembler can name a place in front of a section or behind it.
 */
#include <elf.h>

#include "lib/string.h"
#include "loader/image/check.h"

/*
 * Where a string that is longer than `length_max` begins, or the size: looking back from the farthest
 * place where one may end finds its neighbour's end, so that most of the bytes are never read.
 */
static size_t find_long_string(struct span strings, size_t length_max)
{
    size_t start = 0;
    while (strings.size - start > length_max) {
        size_t end = start + length_max + 1;
        while (end > start && strings.bytes[end - 1] != 0)
            end--;
        if (end == start)
            return start;
        start = end;
    }
    return strings.size;
}

static enum status adopt_symbol_names(struct image *image, struct diagnosis *diagnosis)
{
    uint32_t index = image_section(image, image->symbol_section).link;
    struct image_section section = image_section(image, index);
    image->names = image_contents(image, &section);
    if (section.type != SHT_STRTAB)
        return diagnose(diagnosis, STATUS_STRINGS_TYPE, "section %u (%s): type %u", index,
                        section.name, section.type);
    if (!strings_end(image->names))
        return diagnose(diagnosis, STATUS_STRINGS, "section %u (%s)", index, section.name);
    size_t long_string = find_long_string(image->names, IMAGE_NAME_MAX);
    if (long_string != image->names.size)
        return diagnose(diagnosis, STATUS_SYMBOL_NAME_LENGTH, "%.64s..., limit %u",
                        (const char *)image->names.bytes + long_string, IMAGE_NAME_MAX);
    return STATUS_OK;
}

/* The table that gives sections to symbols whose own field is too narrow (gABI, "Symbol Table"). */
static enum status adopt_wide_sections(struct image *image, struct diagnosis *diagnosis)
{
    uint32_t index = image->wide_sections_section;
    struct image_section table = image_section(image, index);
    if (table.link != image->symbol_section)
        return diagnose(diagnosis, STATUS_SYMBOL_INDEX_LINK, "section %u (%s): for section %u",
                        index, table.name, table.link);
    if (table.entry_size != sizeof(uint32_t))
        return diagnose(diagnosis, STATUS_SYMBOL_INDEX_ENTRY_SIZE,
                        "section %u (%s): entries of 0x%llx", index, table.name,
                        HEX(table.entry_size));
    if (table.size != image->symbol_count * (uint64_t)sizeof(uint32_t))
        return diagnose(diagnosis, STATUS_SYMBOL_INDEX_COUNT,
                        "section %u (%s): 0x%llx bytes for %u symbols", index, table.name,
                        HEX(table.size), image->symbol_count);
    image->wide_sections = image_contents(image, &table).bytes;
    return STATUS_OK;
}

/* The number in the symbol itself, which may be a reserved one. */
static uint16_t section_number(const struct image *image, uint32_t index)
{
    return load_u16(
        image->symbols.bytes + (size_t)index * image->symbol_size +
        (image->machine->is_64 ? offsetof(Elf64_Sym, st_shndx) : offsetof(Elf32_Sym, st_shndx)));
}

/* A COMMON symbol's value is its alignment. */
static enum status check_common(struct image *image, const struct image_symbol *symbol,
                                uint32_t index, struct diagnosis *diagnosis)
{
    /* gcc puts it into objects that hold its own intermediate code and nothing else. */
    if (strcmp(symbol->name, "__gnu_lto_slim") == 0)
        return diagnose(diagnosis, STATUS_OBJECT_LTO, "symbol %u (%s)", index, symbol->name);
    if (symbol->binding == STB_LOCAL)
        return diagnose(diagnosis, STATUS_SYMBOL_COMMON, "symbol %u (%.64s)", index, symbol->name);
    if (symbol->value != 0 && !is_power_of_two(symbol->value))
        return diagnose(diagnosis, STATUS_COMMON_ALIGNMENT_POWER, "symbol %u (%.64s): 0x%llx",
                        index, symbol->name, HEX(symbol->value));
    if (symbol->value > IMAGE_ALIGNMENT_MAX)
        return diagnose(diagnosis, STATUS_COMMON_ALIGNMENT, "symbol %u (%.64s): 0x%llx, limit 0x%x",
                        index, symbol->name, HEX(symbol->value), IMAGE_ALIGNMENT_MAX);
    if (symbol->size > IMAGE_SIZE_MAX)
        return diagnose(diagnosis, STATUS_COMMON_SIZE, "symbol %u (%.64s): 0x%llx, limit 0x%x",
                        index, symbol->name, HEX(symbol->size), IMAGE_SIZE_MAX);
    image->common_count++;
    return STATUS_OK;
}

/* Of the reserved sections, "absolute" and COMMON are those that bind. */
static enum status check_reserved_section(struct image *image, const struct image_symbol *symbol,
                                          uint32_t index, struct diagnosis *diagnosis)
{
    uint16_t number = section_number(image, index);
    if (symbol->section == IMAGE_SECTION_ABSOLUTE)
        return STATUS_OK;
    if (symbol->section == IMAGE_SECTION_COMMON)
        return check_common(image, symbol, index, diagnosis);
    return diagnose(diagnosis,
                    number == SHN_XINDEX ? STATUS_SYMBOL_INDEX_MISSING
                                         : STATUS_SYMBOL_SECTION_RESERVED,
                    "symbol %u (%.64s): section 0x%x", index, symbol->name, number);
}

static enum status check_symbol_place(struct image *image, const struct image_symbol *symbol,
                                      uint32_t index, struct diagnosis *diagnosis)
{
    uint16_t number = section_number(image, index);
    bool is_wide = number == SHN_XINDEX && image->wide_sections != NULL;
    if (number == SHN_UNDEF)
        return STATUS_OK;
    if (number >= SHN_LORESERVE && !is_wide)
        return check_reserved_section(image, symbol, index, diagnosis);
    /* Undefined is said in the symbol itself, where everyone looks for it. */
    if (symbol->section == SHN_UNDEF || symbol->section >= image->section_count)
        return diagnose(diagnosis, STATUS_SYMBOL_SECTION, "symbol %u (%.64s): section %u of %u",
                        index, symbol->name, symbol->section, image->section_count);
    return STATUS_OK;
}

/* Its resolver must be code of the object. */
static enum status check_indirect(struct image *image, const struct image_symbol *symbol,
                                  uint32_t index, struct diagnosis *diagnosis)
{
    if (symbol->section == SHN_UNDEF)
        return STATUS_OK;
    if (!image_symbol_is_code(image, symbol))
        return diagnose(diagnosis, STATUS_SYMBOL_INDIRECT, "symbol %u (%.64s) in section %u", index,
                        symbol->name, symbol->section);
    image->indirect_count++;
    return STATUS_OK;
}

/* The others are looked at with care: most are unknown. */
#define TYPES_PLAIN                                                                                \
    (1u << STT_NOTYPE | 1u << STT_OBJECT | 1u << STT_FUNC | 1u << STT_SECTION | 1u << STT_FILE |   \
     1u << STT_COMMON)
#define TYPES_REMARKABLE (0xffffu & ~TYPES_PLAIN)

static enum status check_symbol(struct image *image, uint32_t index, struct diagnosis *diagnosis)
{
    uint32_t name = load_u32(image->symbols.bytes + (size_t)index * image->symbol_size);
    if (name >= image->names.size)
        return diagnose(diagnosis, STATUS_SYMBOL_NAME, "symbol %u: 0x%x of 0x%zx", index, name,
                        image->names.size);
    struct image_symbol symbol = image_symbol(image, index);
    bool is_local = symbol.binding == STB_LOCAL;
    if (is_local != (index < image->first_global))
        return diagnose(diagnosis, STATUS_SYMBOL_ORDER,
                        "symbol %u (%.64s): binding %u, first global is %u", index, symbol.name,
                        symbol.binding, image->first_global);
    if (symbol.type == STT_TLS)
        return diagnose(diagnosis, STATUS_SYMBOL_TLS, "symbol %u (%.64s)", index, symbol.name);
    bool is_indirect = symbol.type == STT_GNU_IFUNC;
    if ((TYPES_REMARKABLE >> symbol.type & 1) != 0 && !is_indirect)
        return diagnose(diagnosis, STATUS_SYMBOL_TYPE, "symbol %u (%.64s): type %u", index,
                        symbol.name, symbol.type);
    if (symbol.binding > STB_WEAK && symbol.binding != STB_GNU_UNIQUE)
        return diagnose(diagnosis, STATUS_SYMBOL_BINDING, "symbol %u (%.64s): binding %u", index,
                        symbol.name, symbol.binding);
    enum status status = check_symbol_place(image, &symbol, index, diagnosis);
    return status == STATUS_OK && is_indirect ? check_indirect(image, &symbol, index, diagnosis)
                                              : status;
}

/* Relocations without a symbol name the null symbol and count on its value: it is all zeroes. */
static enum status check_null_symbol(const struct image *image, struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < image->symbol_size && image->symbol_count != 0; i++) {
        if (image->symbols.bytes[i] != 0)
            return diagnose(diagnosis, STATUS_SYMBOL_NULL, "byte %zu is not 0", i);
    }
    return STATUS_OK;
}

/*
 * Whether nearly all symbols are sound is seen without decoding them: the name begins inside the
 * strings, binding and type are as they may be in this part of the table, and the section is there. The
 * others get the full check, which knows what is wrong, or that nothing is.
 */
static ALWAYS_INLINE bool is_plain_symbol(const struct image *image, const uint8_t *entry,
                                          bool is_64, bool is_local)
{
    uint8_t info = entry[is_64 ? offsetof(Elf64_Sym, st_info) : offsetof(Elf32_Sym, st_info)];
    /* Of the other bindings only global and weak are common enough to be looked for here. */
    bool is_bound = is_local ? info <= ELF64_ST_INFO(STB_LOCAL, 0xf)
                             : (uint8_t)(info - ELF64_ST_INFO(STB_GLOBAL, 0)) <=
                                   ELF64_ST_INFO(STB_WEAK - STB_GLOBAL, 0xf);
    return load_u32(entry) < image->names.size && is_bound &&
           (TYPES_REMARKABLE >> (info & 0xf) & 1) == 0;
}

static ALWAYS_INLINE uint16_t section_of(const uint8_t *entry, bool is_64)
{
    return load_u16(entry +
                    (is_64 ? offsetof(Elf64_Sym, st_shndx) : offsetof(Elf32_Sym, st_shndx)));
}

/* Widens the range [*first, *end), empty when *end is 0, by `index`, which lies behind it. */
static ALWAYS_INLINE void note(uint32_t index, uint32_t *first, uint32_t *end)
{
    if (*end == 0)
        *first = index;
    *end = index + 1;
}

/*
 * Checks symbols `first` to `end` - 1, which must all be local or all not, and notes between which
 * ones undefined symbols lie and names that begin with _. What the loop reads is copied to where
 * nothing that is noted can seem to change it.
 */
static ALWAYS_INLINE enum status check_symbol_range(struct image *image, uint32_t first,
                                                    uint32_t end, bool is_64, bool is_local,
                                                    struct diagnosis *diagnosis)
{
    const size_t entry_size = is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    const struct image ours = *image;
    const char *names = (const char *)ours.names.bytes;
    const uint8_t *entry = ours.symbols.bytes + first * entry_size;
    uint32_t undefined_count = 0;
    for (uint32_t i = first; i < end; i++, entry += entry_size) {
        uint16_t section = section_of(entry, is_64);
        bool is_sound =
            is_plain_symbol(&ours, entry, is_64, is_local) && section < ours.plain_sections;
        enum status status = LIKELY(is_sound) ? STATUS_OK : check_symbol(image, i, diagnosis);
        if (status != STATUS_OK)
            return status;
        if (section == SHN_UNDEF) {
            note(i, &image->undefined_first, &image->undefined_end);
            undefined_count++;
        } else if (!is_local && names[load_u32(entry)] == '_') {
            note(i, &image->underscore_first, &image->underscore_end);
        }
    }
    image->undefined_count += is_local ? 0 : undefined_count;
    return STATUS_OK;
}

static enum status check_each_symbol(struct image *image, struct diagnosis *diagnosis)
{
    uint32_t middle = image->first_global == 0 ? 1 : image->first_global;
    uint32_t end = image->symbol_count;
    bool is_64 = image->machine->is_64;
    enum status status = is_64 ? check_symbol_range(image, 1, middle, true, true, diagnosis)
                               : check_symbol_range(image, 1, middle, false, true, diagnosis);
    if (status != STATUS_OK)
        return status;
    return is_64 ? check_symbol_range(image, middle, end, true, false, diagnosis)
                 : check_symbol_range(image, middle, end, false, false, diagnosis);
}

/* Bytes of the names of all symbols that are not local, or more than `limit`. */
static uint64_t names_total(const struct image *image, uint64_t limit)
{
    uint64_t total = 0;
    for (uint32_t i = image->first_global; i < image->symbol_count && total <= limit; i++)
        total += strlen(image_symbol_name(image, i)) + 1;
    return total;
}

/* Most tables need not be added up: they have no string that is longer than each symbol's share. */
static enum status check_names_total(const struct image *image, struct diagnosis *diagnosis)
{
    uint32_t count = image->symbol_count - image->first_global;
    uint64_t limit = names_limit(image->names.size);
    if (count <= limit / (IMAGE_NAME_MAX + 1) ||
        (count <= limit &&
         find_long_string(image->names, (size_t)(limit / count) - 1) == image->names.size))
        return STATUS_OK;
    if (names_total(image, limit) > limit)
        return diagnose(diagnosis, STATUS_SYMBOL_NAMES_TOTAL,
                        "%u names in 0x%zx bytes, in all over 0x%llx", count, image->names.size,
                        HEX(limit));
    return STATUS_OK;
}

enum status check_symbols(struct image *image, struct diagnosis *diagnosis)
{
    if (image->symbol_section == 0)
        return STATUS_OK;
    enum status status = adopt_symbol_names(image, diagnosis);
    if (status == STATUS_OK && UNLIKELY(image->wide_sections_section != 0))
        status = adopt_wide_sections(image, diagnosis);
    if (status == STATUS_OK)
        status = check_null_symbol(image, diagnosis);
    if (status == STATUS_OK)
        status = check_each_symbol(image, diagnosis);
    return status != STATUS_OK ? status : check_names_total(image, diagnosis);
}
