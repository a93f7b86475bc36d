/*
 * Changes relocatable objects by the parts of the format: a new object now and then, made from a few
 * random numbers, and otherwise one to four changes of single fields of ELF header, section headers,
 * symbols, relocations, records and words, in either class. Hashes of records are made right again most
 * of the time, since no fuzzer finds those.
 *
 * What it changes need not be sound: a file is seen as a section table that lies inside it and
 * sections that do.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include <mortise/modfile.h>

#include "lib/hash.h"
#include "tests/fuzz/elf_maker.h"
#include "tests/fuzz/fuzz.h"

/* What a field means, which says what is worth trying in it. */
enum meaning { NUMBER, TYPE, FLAGS, NAME, SECTION, INFO, RELOCATION_INFO, ALIGNMENT };

struct field {
    uint8_t offset[2]; /* in ELF32, in ELF64 */
    uint8_t width[2];
    uint8_t meaning;
};

#define WIDTH(type, field) sizeof(((type *)0)->field)
#define FIELD(kind, field, meaning)                                                                \
    {                                                                                              \
        {offsetof(Elf32_##kind, field), offsetof(Elf64_##kind, field)},                            \
            {WIDTH(Elf32_##kind, field), WIDTH(Elf64_##kind, field)}, meaning                      \
    }

static const struct field header_fields[] = {
    FIELD(Ehdr, e_type, NUMBER),    FIELD(Ehdr, e_machine, NUMBER),
    FIELD(Ehdr, e_version, NUMBER), FIELD(Ehdr, e_shoff, NUMBER),
    FIELD(Ehdr, e_ehsize, NUMBER),  FIELD(Ehdr, e_shentsize, NUMBER),
    FIELD(Ehdr, e_shnum, SECTION),  FIELD(Ehdr, e_shstrndx, SECTION),
    FIELD(Ehdr, e_ident, NUMBER),   FIELD(Ehdr, e_flags, NUMBER),
};

static const struct field section_fields[] = {
    FIELD(Shdr, sh_name, NAME),      FIELD(Shdr, sh_type, TYPE),
    FIELD(Shdr, sh_flags, FLAGS),    FIELD(Shdr, sh_offset, NUMBER),
    FIELD(Shdr, sh_size, NUMBER),    FIELD(Shdr, sh_link, SECTION),
    FIELD(Shdr, sh_info, SECTION),   FIELD(Shdr, sh_addralign, ALIGNMENT),
    FIELD(Shdr, sh_entsize, NUMBER),
};

static const struct field symbol_fields[] = {
    FIELD(Sym, st_name, NAME), FIELD(Sym, st_value, NUMBER),  FIELD(Sym, st_size, NUMBER),
    FIELD(Sym, st_info, INFO), FIELD(Sym, st_shndx, SECTION), FIELD(Sym, st_other, NUMBER),
};

static const struct field relocation_fields[] = {
    FIELD(Rela, r_offset, NUMBER),
    FIELD(Rela, r_info, RELOCATION_INFO),
    FIELD(Rela, r_addend, NUMBER),
};

static const uint32_t section_types[] = {
    SHT_NULL,         SHT_PROGBITS, SHT_SYMTAB,     SHT_STRTAB,     SHT_RELA,          SHT_NOTE,
    SHT_NOBITS,       SHT_REL,      SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY, SHT_GROUP,
    SHT_SYMTAB_SHNDX, SHT_DYNSYM,   SHT_HASH,       0x70000001,     0x6ffffff6,        SHT_SHLIB,
};

static const uint32_t section_flags[] = {
    SHF_WRITE,      SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE,      SHF_STRINGS,          SHF_INFO_LINK,
    SHF_LINK_ORDER, SHF_GROUP, SHF_TLS,       SHF_COMPRESSED, SHF_OS_NONCONFORMING, 1u << 31,
    1u << 21,
};

/* A file as far as it can be found through. */
struct view {
    uint8_t *bytes;
    size_t size;
    size_t max_size;
    unsigned is_64; /* 0 or 1: the place in a field's pairs */
    size_t table;   /* of section headers */
    size_t entry_size;
    size_t count; /* of section headers inside the file */
    struct fuzz_random *random;
};

static uint64_t load(const uint8_t *bytes, size_t width)
{
    uint64_t value = 0;
    memcpy(&value, bytes, width);
    return value;
}

static uint64_t get(const struct view *view, size_t base, const struct field *field)
{
    return load(view->bytes + base + field->offset[view->is_64], field->width[view->is_64]);
}

static bool view_open(struct view *view)
{
    if (view->size < sizeof(Elf64_Ehdr) || memcmp(view->bytes, ELFMAG, SELFMAG) != 0)
        return false;
    view->is_64 = view->bytes[EI_CLASS] == ELFCLASS64;
    view->entry_size = view->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    uint64_t table = get(view, 0, &header_fields[3]);
    if (table >= view->size)
        return false;
    view->table = table;
    view->count = (view->size - view->table) / view->entry_size;
    return view->count != 0;
}

/* A number that is already somewhere in the section headers: sizes, offsets, indexes that fit. */
static uint64_t number_of_another(struct view *view)
{
    size_t header =
        view->table + fuzz_below(view->random, (uint32_t)view->count) * view->entry_size;
    return get(view, header,
               &section_fields[fuzz_below(view->random, ARRAY_COUNT(section_fields))]);
}

static uint64_t relocation_info(struct view *view, uint64_t old)
{
    uint32_t type = fuzz_below(view->random, 46);
    uint32_t symbol = fuzz_below(view->random, 12);
    bool is_type_only = fuzz_below(view->random, 2) == 0;
    if (view->is_64)
        return is_type_only ? (old & ~0xffffffffull) | type : ELF64_R_INFO((uint64_t)symbol, type);
    return is_type_only ? (old & ~0xffull) | type : ELF32_R_INFO(symbol, type);
}

static uint64_t value_for(struct view *view, enum meaning meaning, uint64_t old)
{
    struct fuzz_random *random = view->random;
    if (fuzz_below(random, 4) == 0)
        return fuzz_number(random, old, view->size);
    switch (meaning) {
    case TYPE:
        return section_types[fuzz_below(random, ARRAY_COUNT(section_types))];
    case FLAGS:
        return old ^ section_flags[fuzz_below(random, ARRAY_COUNT(section_flags))];
    case SECTION:
        return fuzz_below(random, 4) == 0 ? SHN_LORESERVE + (fuzz_next(random) & 0xff)
                                          : fuzz_below(random, (uint32_t)view->count + 2);
    case INFO:
        return ELF64_ST_INFO(fuzz_below(random, 12), fuzz_below(random, 12));
    case RELOCATION_INFO:
        return relocation_info(view, old);
    case ALIGNMENT:
        return 1ull << fuzz_below(random, 24);
    default:
        return number_of_another(view) + fuzz_below(random, 3) - 1;
    }
}

static void change_field(struct view *view, size_t base, const struct field *field)
{
    size_t place = base + field->offset[view->is_64];
    size_t width = field->width[view->is_64];
    if (width > sizeof(uint64_t)) { /* e_ident: one byte of it */
        place += fuzz_below(view->random, (uint32_t)width);
        width = 1;
    }
    if (place + width > view->size)
        return;
    uint64_t value = value_for(view, field->meaning, load(view->bytes + place, width));
    memcpy(view->bytes + place, &value, width);
}

/* A section of one of `types`, if luck finds one that lies inside the file; its size, or 0. */
static size_t find_section(struct view *view, uint32_t type, uint32_t other, size_t *offset)
{
    for (unsigned tries = 0; tries < 24; tries++) {
        size_t header =
            view->table + fuzz_below(view->random, (uint32_t)view->count) * view->entry_size;
        uint64_t found = get(view, header, &section_fields[1]);
        uint64_t start = get(view, header, &section_fields[3]);
        uint64_t size = get(view, header, &section_fields[4]);
        if ((found != type && found != other) || size > view->size || start > view->size - size)
            continue;
        *offset = start;
        return size;
    }
    return 0;
}

/* Changes a field of an entry, or swaps two entries. */
static void change_entry(struct view *view, size_t offset, size_t size, size_t entry_size,
                         const struct field *fields, size_t field_count)
{
    uint8_t saved[sizeof(Elf64_Shdr)];
    uint32_t count = (uint32_t)(size / entry_size);
    if (count == 0)
        return;
    size_t entry = offset + fuzz_below(view->random, count) * entry_size;
    size_t other = offset + fuzz_below(view->random, count) * entry_size;
    if (fuzz_below(view->random, 12) != 0) {
        change_field(view, entry, &fields[fuzz_below(view->random, (uint32_t)field_count)]);
        return;
    }
    memcpy(saved, view->bytes + entry, entry_size);
    memmove(view->bytes + entry, view->bytes + other, entry_size);
    memcpy(view->bytes + other, saved, entry_size);
}

static void change_symbol(struct view *view)
{
    size_t offset;
    size_t size = find_section(view, SHT_SYMTAB, SHT_SYMTAB, &offset);
    change_entry(view, offset, size, view->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym),
                 symbol_fields, ARRAY_COUNT(symbol_fields));
}

static void change_relocation(struct view *view)
{
    size_t offset;
    bool has_addend = fuzz_below(view->random, 2) == 0;
    size_t size = find_section(view, has_addend ? SHT_RELA : SHT_REL, SHT_RELA, &offset);
    size_t word = view->is_64 ? 8 : 4;
    change_entry(view, offset, size, word * (has_addend ? 3 : 2), relocation_fields,
                 has_addend ? 3 : 2);
}

/* Records, groups, section numbers of symbols: all made of words of 4 bytes. */
static void change_word(struct view *view)
{
    static const struct field word = {{0, 0}, {4, 4}, SECTION};
    static const uint32_t types[] = {SHT_PROGBITS, SHT_GROUP, SHT_SYMTAB_SHNDX, SHT_INIT_ARRAY};
    size_t offset;
    size_t size = find_section(view, types[fuzz_below(view->random, 4)], SHT_PROGBITS, &offset);
    if (size >= 4)
        change_field(view, offset + 4 * fuzz_below(view->random, (uint32_t)size / 4), &word);
}

/* One byte of a string table, or the length of a text in it. */
static void change_text(struct view *view)
{
    size_t offset;
    size_t size = find_section(view, SHT_STRTAB, SHT_PROGBITS, &offset);
    if (size != 0)
        view->bytes[offset + fuzz_below(view->random, (uint32_t)size)] =
            (uint8_t) "\0=a._/"[fuzz_below(view->random, 6)];
}

/* One more section header, a copy of another, where the table ends the file. */
static void add_section(struct view *view)
{
    uint16_t count = (uint16_t)get(view, 0, &header_fields[6]);
    if (view->max_size - view->size < view->entry_size ||
        view->table + count * view->entry_size != view->size || count == 0)
        return;
    size_t from = view->table + fuzz_below(view->random, count) * view->entry_size;
    memcpy(view->bytes + view->size, view->bytes + from, view->entry_size);
    view->size += view->entry_size;
    count++;
    memcpy(view->bytes + header_fields[6].offset[view->is_64], &count, sizeof(count));
}

/* The name of symbol `index`, or NULL. `symbols` and `strings` are where sections begin. */
static const char *symbol_name(const struct view *view, size_t symbols, size_t strings,
                               uint32_t index)
{
    size_t entry = symbols + (size_t)index * (view->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym));
    if (entry + sizeof(uint32_t) > view->size)
        return NULL;
    size_t name = strings + load(view->bytes + entry, sizeof(uint32_t));
    if (name >= view->size || memchr(view->bytes + name, 0, view->size - name) == NULL)
        return NULL;
    return (const char *)view->bytes + name;
}

static void repair_section(struct view *view, size_t records, size_t size, size_t symbols,
                           size_t strings)
{
    for (size_t i = 0; i + sizeof(struct mod_export) <= size; i += sizeof(struct mod_export)) {
        uint32_t index = (uint32_t)load(view->bytes + records + i, sizeof(index));
        const char *name = symbol_name(view, symbols, strings, index);
        uint32_t hash = name != NULL ? hash_name(name) : 0;
        memcpy(view->bytes + records + i + offsetof(struct mod_export, hash), &hash, sizeof(hash));
    }
}

/* Hashes of records agree with the names again. elf_maker.h says where everything stands. */
static void repair_records(struct view *view)
{
    static const unsigned needed[] = {MAKER_SYMBOLS, MAKER_STRINGS, MAKER_EXPORTS, MAKER_IMPORTS};
    size_t offsets[ARRAY_COUNT(needed)];
    size_t sizes[ARRAY_COUNT(needed)];
    for (size_t i = 0; i < ARRAY_COUNT(needed); i++) {
        size_t header = view->table + needed[i] * view->entry_size;
        if (needed[i] >= view->count)
            return;
        offsets[i] = get(view, header, &section_fields[3]);
        sizes[i] = get(view, header, &section_fields[4]);
        if (sizes[i] > view->size || offsets[i] > view->size - sizes[i])
            return;
    }
    repair_section(view, offsets[2], sizes[2], offsets[0], offsets[1]);
    repair_section(view, offsets[3], sizes[3], offsets[0], offsets[1]);
}

static void change(struct view *view)
{
    switch (fuzz_below(view->random, 16)) {
    case 0:
        change_field(view, 0, &header_fields[fuzz_below(view->random, ARRAY_COUNT(header_fields))]);
        break;
    case 1:
    case 2:
    case 3:
    case 4:
        change_entry(view, view->table, view->count * view->entry_size, view->entry_size,
                     section_fields, ARRAY_COUNT(section_fields));
        break;
    case 5:
    case 6:
    case 7:
        change_symbol(view);
        break;
    case 8:
    case 9:
    case 10:
    case 11:
        change_relocation(view);
        break;
    case 12:
        add_section(view);
        break;
    case 13:
        change_text(view);
        break;
    default:
        change_word(view);
        break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct fuzz_random random = fuzz_random_start(seed);
    struct view view = {.bytes = data, .size = size, .max_size = max_size, .random = &random};
    uint32_t kind = fuzz_below(&random, 24);
    if (kind == 0 || size < sizeof(Elf64_Ehdr))
        return elf_make(data, max_size, &random);
    if (kind == 1 || !view_open(&view))
        return LLVMFuzzerMutate(data, size, max_size);
    for (unsigned i = 1 + fuzz_below(&random, 4); i > 0 && view_open(&view); i--)
        change(&view);
    if (fuzz_below(&random, 8) != 0 && view_open(&view))
        repair_records(&view);
    return view.size;
}
