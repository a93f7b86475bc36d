/* Objects of random numbers; see the header. */
#include "tests/fuzz/elf_maker.h"

#include <stdlib.h>
#include <string.h>

#include <mortise/modfile.h>

#include "lib/hash.h"

#define SYMBOLS_MAX 10
#define BYTES       48 /* of text and of data */

struct maker {
    struct elf_builder elf;
    struct fuzz_random *random;
    struct mod_export exports[SYMBOLS_MAX];
    struct mod_import imports[SYMBOLS_MAX];
    unsigned export_count;
    unsigned import_count;
    uint32_t sections[SYMBOLS_MAX + 1]; /* of symbols, for their extended numbers */
};

/* Sections that a compiler may add, in any number. */
static const struct {
    const char *name;
    uint32_t type;
    uint64_t flags;
} kinds[] = {
    {".rodata", SHT_PROGBITS, SHF_ALLOC},
    {".rodata.str", SHT_PROGBITS, SHF_ALLOC | SHF_MERGE | SHF_STRINGS},
    {".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE},
    {".bss.x", SHT_NOBITS, SHF_ALLOC | SHF_WRITE},
    {".text.x", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR},
    {".text.y", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR | SHF_GROUP},
    {".init_array", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE},
    {".init_array.00100", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE},
    {".fini_array", SHT_FINI_ARRAY, SHF_ALLOC | SHF_WRITE},
    {".preinit_array", SHT_PREINIT_ARRAY, SHF_ALLOC | SHF_WRITE},
    {".comment", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS},
    {".debug_info", SHT_PROGBITS, SHF_COMPRESSED},
    {".note.gnu.property", SHT_NOTE, SHF_ALLOC},
    {".note.GNU-stack", SHT_PROGBITS, 0},
    {".eh_frame", 0x70000001, SHF_ALLOC},
    {".tbss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS},
    {MOD_INFO_SECTION, SHT_PROGBITS, 0},
    {MOD_LINK_SECTION, SHT_PROGBITS, 0},
    {".gnu.lto_.main", SHT_PROGBITS, SHF_EXCLUDE},
};

static const char *const names[] = {"near", "far",   "own",     "missing", "a",
                                    "b",    "_load", "_unload", "",        "_GLOBAL_OFFSET_TABLE_"};

static const char *random_name(struct maker *maker)
{
    return names[fuzz_below(maker->random, ARRAY_COUNT(names))];
}

static uint8_t info(struct maker *maker, unsigned binding)
{
    static const uint8_t types[] = {STT_NOTYPE, STT_FUNC, STT_OBJECT, STT_FUNC, STT_GNU_IFUNC};
    return ELF64_ST_INFO(binding,
                         types[fuzz_below(maker->random, 4 + !fuzz_below(maker->random, 8))]);
}

static void add_local(struct maker *maker)
{
    unsigned section = fuzz_below(maker->random, 2) == 0 ? MAKER_TEXT : MAKER_DATA;
    unsigned number = maker->elf.symbol_count;
    maker->sections[number] = section;
    if (fuzz_below(maker->random, 6) == 0)
        elf_add_symbol(&maker->elf, "extended", SHN_XINDEX, 0, STT_FUNC);
    else
        elf_add_symbol(&maker->elf, random_name(maker), (uint16_t)section,
                       fuzz_below(maker->random, BYTES), STT_SECTION);
}

static void add_export(struct maker *maker)
{
    static const uint16_t sections[] = {MAKER_TEXT, MAKER_DATA, SHN_ABS,
                                        MAKER_DATA, MAKER_TEXT, SHN_COMMON};
    unsigned binding = fuzz_below(maker->random, 4) != 0 ? STB_GLOBAL : STB_WEAK;
    const char *name = random_name(maker);
    unsigned number = elf_add_symbol(&maker->elf, name, sections[fuzz_below(maker->random, 6)],
                                     4 * fuzz_below(maker->random, 8), info(maker, binding));
    if (fuzz_below(maker->random, 2) == 0)
        maker->exports[maker->export_count++] = (struct mod_export){
            number, hash_name(name), fuzz_below(maker->random, MOD_CLASS_SYSCALL3264 + 1)};
}

static void add_import(struct maker *maker)
{
    unsigned binding = fuzz_below(maker->random, 4) != 0 ? STB_GLOBAL : STB_WEAK;
    const char *name = random_name(maker);
    unsigned number =
        elf_add_symbol(&maker->elf, name, SHN_UNDEF, 0, ELF64_ST_INFO(binding, STT_NOTYPE));
    if (fuzz_below(maker->random, 2) == 0)
        maker->imports[maker->import_count++] =
            (struct mod_import){number, hash_name(name), fuzz_below(maker->random, 2)};
}

static void add_symbols(struct maker *maker)
{
    for (unsigned i = fuzz_below(maker->random, 3); i > 0; i--)
        add_local(maker);
    for (unsigned i = fuzz_below(maker->random, 4); i > 0; i--)
        add_export(maker);
    for (unsigned i = fuzz_below(maker->random, 4); i > 0; i--)
        add_import(maker);
}

static void add_other(struct maker *maker)
{
    static const char bytes[24] = "license=BSD\0author=x\0";
    size_t kind = fuzz_below(maker->random, ARRAY_COUNT(kinds));
    bool is_text = strncmp(kinds[kind].name, ".mod.", 5) == 0;
    elf_add_section(&maker->elf, kinds[kind].name, kinds[kind].type, kinds[kind].flags,
                    kinds[kind].type == SHT_NOBITS ? NULL : bytes,
                    is_text ? 21 : 8 * fuzz_below(maker->random, 4));
}

static void add_group(struct maker *maker)
{
    uint32_t words[] = {GRP_COMDAT, MAKER_TEXT, MAKER_DATA};
    unsigned section = elf_add_section(&maker->elf, ".group", SHT_GROUP, 0, words,
                                       4 * (1 + fuzz_below(maker->random, 3)));
    struct elf_section *group = &maker->elf.sections[section];
    group->header.sh_link = ELF_SYMBOLS;
    group->header.sh_entsize = 4;
    group->header.sh_info = fuzz_below(maker->random, maker->elf.symbol_count);
}

static void add_extended_numbers(struct maker *maker)
{
    unsigned section = elf_add_section(&maker->elf, ".symtab_shndx", SHT_SYMTAB_SHNDX, 0,
                                       maker->sections, 4 * maker->elf.symbol_count);
    maker->elf.sections[section].header.sh_link = ELF_SYMBOLS;
    maker->elf.sections[section].header.sh_entsize = 4;
}

static void add_relocations(struct maker *maker, unsigned target)
{
    bool has_addend = maker->elf.is_64 != (fuzz_below(maker->random, 6) == 0);
    unsigned section = elf_add_relocations(&maker->elf, target, has_addend);
    for (unsigned i = fuzz_below(maker->random, 5); i > 0; i--)
        elf_add_relocation(&maker->elf, section, fuzz_below(maker->random, BYTES - 4),
                           fuzz_below(maker->random, 46),
                           fuzz_below(maker->random, maker->elf.symbol_count),
                           (int64_t)fuzz_below(maker->random, 16) - 8);
}

/* Instructions that relocations may stand in: call, jump, load, test and add by way of a table. */
static void fill_text(struct maker *maker, uint8_t bytes[BYTES])
{
    static const uint8_t code[][7] = {
        {0xff, 0x15},
        {0xff, 0x25},
        {0x48, 0x8b, 0x05},
        {0x8b, 0x83},
        {0x48, 0x85, 0x05},
        {0x48, 0x03, 0x1d},
        {0xff, 0x93},
        {0xff, 0xa3},
        {0x85, 0x83},
        {0x8b, 0x05},
        {0xe8},
    };
    for (size_t i = 0; i + sizeof(code[0]) <= BYTES; i += sizeof(code[0]))
        memcpy(bytes + i, code[fuzz_below(maker->random, ARRAY_COUNT(code))], sizeof(code[0]));
}

static void add_sections(struct maker *maker)
{
    static const char files[] = "/unix\0dep.a(dep.o)";
    uint8_t bytes[BYTES] = {0};
    struct elf_builder *elf = &maker->elf;
    fill_text(maker, bytes);
    elf_add_section(elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, bytes, BYTES);
    elf_add_section(elf, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes, BYTES);
    elf_add_section(elf, MOD_FILES_SECTION, SHT_PROGBITS, 0, files, sizeof(files));
    add_symbols(maker);
    elf_add_section(elf, maker->export_count == 0 ? ".x" : MOD_EXPORTS_SECTION, SHT_PROGBITS, 0,
                    maker->exports, maker->export_count * sizeof(maker->exports[0]));
    elf_add_section(elf, MOD_IMPORTS_SECTION, SHT_PROGBITS, 0, maker->imports,
                    maker->import_count * sizeof(maker->imports[0]));
    for (unsigned i = fuzz_below(maker->random, 5); i > 0; i--)
        add_other(maker);
    if (fuzz_below(maker->random, 3) == 0)
        add_group(maker);
    if (fuzz_below(maker->random, 3) == 0)
        add_extended_numbers(maker);
    add_relocations(maker, MAKER_TEXT);
    if (fuzz_below(maker->random, 2) == 0)
        add_relocations(maker, fuzz_below(maker->random, elf->section_count));
}

size_t elf_make(uint8_t *data, size_t max_size, struct fuzz_random *random)
{
    struct maker maker = {.random = random};
    elf_open(&maker.elf, fuzz_below(random, 2) == 0);
    add_sections(&maker);
    struct span file = elf_close(&maker.elf);
    size_t size = file.size <= max_size ? file.size : 1;
    memcpy(data, file.bytes, size);
    elf_destroy(&maker.elf);
    return size;
}
