/*
 * The checks that make an image of foreign bytes. They run in this order, each relying on those
 * before it:
 *
 *   1. ELF header         class, byte order, type, machine, sizes
 *   2. section table      lies inside the file; names usable
 *   3. each section       range, alignment, protection, kind; the symbol table, of which there is
 *                         one at most, and the .mod.* sections are noted on the way
 *   4. symbol table       its strings end; each symbol's name, section and value
 *   5. .mod.* sections    strings end; records name symbols of the right kind
 */
#include <elf.h>

#include "lib/hash.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/image/image.h"

#define HEX(value) ((unsigned long long)(value))

/* Fields of the ELF header that the checks need, widened. */
struct elf_header {
    uint64_t section_offset;
    uint16_t header_size;
    uint16_t section_entry_size;
    uint16_t section_count;
    uint16_t names_section;
};

static enum status check_identity(struct span file, struct diagnosis *diagnosis)
{
    if (!image_is_elf(file))
        return diagnose(diagnosis, STATUS_FILE_FORMAT, "it does not begin with 7f 45 4c 46");
    if (!span_has(file, 0, sizeof(Elf32_Ehdr)))
        return diagnose(diagnosis, STATUS_ELF_CUT, "0x%zx bytes of 0x%zx", file.size,
                        sizeof(Elf32_Ehdr));
    uint8_t class = file.bytes[EI_CLASS];
    if (class != ELFCLASS32 && class != ELFCLASS64)
        return diagnose(diagnosis, STATUS_ELF_CLASS, "class %u", class);
    if (file.bytes[EI_DATA] != ELFDATA2LSB)
        return diagnose(diagnosis, STATUS_ELF_ENCODING, "byte order %u", file.bytes[EI_DATA]);
    if (class == ELFCLASS64 && !span_has(file, 0, sizeof(Elf64_Ehdr)))
        return diagnose(diagnosis, STATUS_ELF_CUT, "0x%zx bytes of 0x%zx", file.size,
                        sizeof(Elf64_Ehdr));
    return STATUS_OK;
}

static const char *type_name(uint16_t type)
{
    static const char *const names[] = {"no type", "a relocatable object", "a program",
                                        "a shared object", "a core dump"};
    return type < ARRAY_COUNT(names) ? names[type] : "an unknown type";
}

/* e_type, e_machine and e_version stand at the same offsets in both classes. */
static enum status check_machine(struct span file, struct image *image, struct diagnosis *diagnosis)
{
    uint16_t type = span_u16(file, offsetof(Elf32_Ehdr, e_type));
    uint16_t number = span_u16(file, offsetof(Elf32_Ehdr, e_machine));
    uint32_t version = span_u32(file, offsetof(Elf32_Ehdr, e_version));
    bool is_64 = file.bytes[EI_CLASS] == ELFCLASS64;
    image->machine = machine_find(number, is_64);
    if (image->machine == NULL)
        return diagnose(diagnosis, STATUS_ELF_MACHINE, "%u (%s) in ELF%d", number,
                        machine_name(number), is_64 ? 64 : 32);
    if (type != ET_REL)
        return diagnose(diagnosis, STATUS_ELF_TYPE, "it is %s (type %u)", type_name(type), type);
    if (version != EV_CURRENT || file.bytes[EI_VERSION] != EV_CURRENT)
        return diagnose(diagnosis, STATUS_ELF_VERSION, "version %u", version);
    return STATUS_OK;
}

static struct elf_header read_header(struct span file, bool is_64)
{
#define HEADER_FIELD16(field)                                                                      \
    span_u16(file, is_64 ? offsetof(Elf64_Ehdr, field) : offsetof(Elf32_Ehdr, field))
    return (struct elf_header){
        .section_offset = is_64 ? span_u64(file, offsetof(Elf64_Ehdr, e_shoff))
                                : span_u32(file, offsetof(Elf32_Ehdr, e_shoff)),
        .header_size = HEADER_FIELD16(e_ehsize),
        .section_entry_size = HEADER_FIELD16(e_shentsize),
        .section_count = HEADER_FIELD16(e_shnum),
        .names_section = HEADER_FIELD16(e_shstrndx),
    };
#undef HEADER_FIELD16
}

/* A string table must end with a zero byte: then every offset inside it starts a text that ends. */
static bool strings_end(struct span strings)
{
    return strings.size > 0 && strings.bytes[strings.size - 1] == 0;
}

static enum status check_section_names(struct image *image, uint32_t names_section,
                                       struct diagnosis *diagnosis)
{
    if (names_section == 0 || names_section >= image->section_count)
        return diagnose(diagnosis, STATUS_SECTION_NAMES, "their section is %u of %u", names_section,
                        image->section_count);
    struct image_section section = image_section(image, names_section);
    if (section.type != SHT_STRTAB ||
        !span_slice(image->file, section.offset, section.size, &image->section_names) ||
        !strings_end(image->section_names))
        return diagnose(diagnosis, STATUS_SECTION_NAMES, "section %u: type %u, 0x%llx + 0x%llx",
                        names_section, section.type, HEX(section.offset), HEX(section.size));
    return STATUS_OK;
}

static enum status check_section_table(struct image *image, struct diagnosis *diagnosis)
{
    bool is_64 = image->machine->is_64;
    struct elf_header header = read_header(image->file, is_64);
    size_t entry_size = is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    size_t header_size = is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (header.header_size != header_size || header.section_entry_size != entry_size)
        return diagnose(diagnosis, STATUS_ELF_HEADER_SIZE, "header %u, section header %u",
                        header.header_size, header.section_entry_size);
    if (header.section_count == 0 || header.section_count > IMAGE_SECTIONS_MAX)
        return diagnose(diagnosis, STATUS_SECTION_COUNT, "%u, must be 1 to %u",
                        header.section_count, IMAGE_SECTIONS_MAX);
    if (!span_slice(image->file, header.section_offset, header.section_count * entry_size,
                    &image->section_headers))
        return diagnose(diagnosis, STATUS_SECTION_TABLE, "%u headers at 0x%llx, file ends at 0x%zx",
                        header.section_count, HEX(header.section_offset), image->file.size);
    image->section_count = header.section_count;
    image->header_size = (uint32_t)entry_size;
    return check_section_names(image, header.names_section, diagnosis);
}

/* sh_name is read here on its own: the accessor does not give the number. */
static enum status check_section_name(const struct image *image, uint32_t index,
                                      struct diagnosis *diagnosis)
{
    uint32_t name = load_u32(image->section_headers.bytes + (size_t)index * image->header_size);
    if (name >= image->section_names.size)
        return diagnose(diagnosis, STATUS_SECTION_NAMES, "section %u: name at 0x%x of 0x%zx", index,
                        name, image->section_names.size);
    return STATUS_OK;
}

/* What only matters for sections that get memory in the kernel. */
static enum status check_loaded_section(const struct image_section *section, uint32_t index,
                                        uint64_t *total, struct diagnosis *diagnosis)
{
    /* Constructors (SHT_INIT_ARRAY and its kin) are not run, so an object that needs them is refused. */
    bool is_known = section->type == SHT_PROGBITS || section->type == SHT_NOBITS ||
                    section->type == SHT_NOTE || section->type == SHT_X86_64_UNWIND;
    if (!is_power_of_two(section->alignment) || section->alignment > IMAGE_ALIGNMENT_MAX)
        return diagnose(diagnosis, STATUS_SECTION_ALIGNMENT, "section %u (%s): 0x%llx, limit 0x%x",
                        index, section->name, HEX(section->alignment), IMAGE_ALIGNMENT_MAX);
    if ((section->flags & SHF_TLS) != 0)
        return diagnose(diagnosis, STATUS_SECTION_TLS, "section %u (%s)", index, section->name);
    if ((section->flags & SHF_WRITE) != 0 && (section->flags & SHF_EXECINSTR) != 0)
        return diagnose(diagnosis, STATUS_SECTION_WRITE_EXECUTE, "section %u (%s)", index,
                        section->name);
    if (!is_known)
        return diagnose(diagnosis, STATUS_SECTION_TYPE, "section %u (%s): type 0x%x", index,
                        section->name, section->type);
    if (!checked_add(*total, section->size, total) || *total > IMAGE_SIZE_MAX)
        return diagnose(diagnosis, STATUS_SECTION_SIZE, "section %u (%s): 0x%llx, in all over 0x%x",
                        index, section->name, HEX(section->size), IMAGE_SIZE_MAX);
    return STATUS_OK;
}

static enum status adopt_symbol_table(struct image *image, uint32_t index,
                                      const struct image_section *table,
                                      struct diagnosis *diagnosis)
{
    size_t entry_size = image->machine->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    if (image->symbol_section != 0)
        return diagnose(diagnosis, STATUS_SYMBOL_TABLE, "sections %u and %u are both one",
                        image->symbol_section, index);
    if (table->entry_size != entry_size || table->size % entry_size != 0)
        return diagnose(diagnosis, STATUS_SYMBOL_TABLE, "section %u: entries of 0x%llx in 0x%llx",
                        index, HEX(table->entry_size), HEX(table->size));
    if (table->size / entry_size > IMAGE_SYMBOLS_MAX)
        return diagnose(diagnosis, STATUS_SYMBOL_TABLE, "section %u: more than %u symbols", index,
                        IMAGE_SYMBOLS_MAX);
    if (table->link == 0 || table->link >= image->section_count)
        return diagnose(diagnosis, STATUS_SYMBOL_TABLE, "section %u: strings in section %u of %u",
                        index, table->link, image->section_count);
    image->symbol_section = index;
    image->symbols = image_contents(image, table);
    image->symbol_size = (uint32_t)entry_size;
    image->symbol_count = (uint32_t)(table->size / entry_size);
    image->first_global = table->info;
    if (table->info > image->symbol_count)
        return diagnose(diagnosis, STATUS_SYMBOL_TABLE, "section %u: first global %u of %u", index,
                        table->info, image->symbol_count);
    return STATUS_OK;
}

/* Where the contents of a .mod.* section are noted; NULL when we do not know it. */
static struct span *mod_section(struct image *image, const char *name)
{
    static const struct {
        const char *name;
        size_t place;
    } known[] = {
        {MOD_INFO_SECTION, offsetof(struct image, info)},
        {MOD_LINK_SECTION, offsetof(struct image, link)},
        {MOD_FILES_SECTION, offsetof(struct image, files)},
        {MOD_EXPORTS_SECTION, offsetof(struct image, exports)},
        {MOD_IMPORTS_SECTION, offsetof(struct image, imports)},
    };
    const size_t first = sizeof(MOD_SECTION_PREFIX) - 1; /* the letter that tells most apart */
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        if (name[first] == known[i].name[first] && strcmp(name, known[i].name) == 0)
            return (struct span *)((char *)image + known[i].place);
    }
    return NULL;
}

/* Of two with the same name the first one counts. */
static void note_mod_section(struct image *image, const struct image_section *section)
{
    struct span *contents = mod_section(image, section->name);
    if (contents != NULL && contents->bytes == NULL)
        *contents = image_contents(image, section);
}

static enum status check_section(struct image *image, uint32_t index, uint64_t *total,
                                 struct diagnosis *diagnosis)
{
    enum status status = check_section_name(image, index, diagnosis);
    if (status != STATUS_OK)
        return status;
    struct image_section section = image_section(image, index);
    bool is_in_file = section.type != SHT_NOBITS && section.type != SHT_NULL;
    if (is_in_file && !span_has(image->file, section.offset, section.size))
        return diagnose(diagnosis, STATUS_SECTION_RANGE,
                        "section %u (%s): 0x%llx + 0x%llx, file ends at 0x%zx", index, section.name,
                        HEX(section.offset), HEX(section.size), image->file.size);
    if (section.type == SHT_SYMTAB)
        status = adopt_symbol_table(image, index, &section, diagnosis);
    if (status != STATUS_OK)
        return status;
    if (text_starts_with(section.name, MOD_SECTION_PREFIX))
        note_mod_section(image, &section);
    else if ((section.flags & SHF_ALLOC) != 0)
        return check_loaded_section(&section, index, total, diagnosis);
    return STATUS_OK;
}

static enum status check_sections(struct image *image, struct diagnosis *diagnosis)
{
    uint64_t total = 0;
    enum status status = check_section_name(image, 0, diagnosis);
    for (uint32_t i = 1; i < image->section_count && status == STATUS_OK; i++)
        status = check_section(image, i, &total, diagnosis);
    return status;
}

static enum status adopt_symbol_names(struct image *image, struct diagnosis *diagnosis)
{
    uint32_t index = image_section(image, image->symbol_section).link;
    struct image_section section = image_section(image, index);
    image->names = image_contents(image, &section);
    if (section.type != SHT_STRTAB || !strings_end(image->names))
        return diagnose(diagnosis, STATUS_STRINGS, "section %u (%s)", index, section.name);
    return STATUS_OK;
}

/* Sections above SHN_LORESERVE have meanings of their own; only "absolute" is one that binds. */
static enum status check_reserved_section(const struct image_symbol *symbol, uint32_t index,
                                          struct diagnosis *diagnosis)
{
    if (symbol->section == SHN_ABS)
        return STATUS_OK;
    if (symbol->section == SHN_COMMON)
        return diagnose(diagnosis, STATUS_SYMBOL_COMMON, "symbol %u (%.64s)", index, symbol->name);
    return diagnose(diagnosis, STATUS_SYMBOL_SECTION, "symbol %u (%.64s): section 0x%x", index,
                    symbol->name, symbol->section);
}

static enum status check_symbol_place(const struct image *image, const struct image_symbol *symbol,
                                      uint32_t index, struct diagnosis *diagnosis)
{
    if (symbol->section == SHN_UNDEF)
        return STATUS_OK;
    if (symbol->section >= SHN_LORESERVE)
        return check_reserved_section(symbol, index, diagnosis);
    if (symbol->section >= image->section_count)
        return diagnose(diagnosis, STATUS_SYMBOL_SECTION, "symbol %u (%.64s): section %u of %u",
                        index, symbol->name, symbol->section, image->section_count);
    uint64_t size = image_section(image, symbol->section).size;
    if (symbol->value > size)
        return diagnose(diagnosis, STATUS_SYMBOL_VALUE,
                        "symbol %u (%.64s): 0x%llx in section %u of 0x%llx", index, symbol->name,
                        HEX(symbol->value), symbol->section, HEX(size));
    return STATUS_OK;
}

static enum status check_symbol(const struct image *image, uint32_t index,
                                struct diagnosis *diagnosis)
{
    uint32_t name = load_u32(image->symbols.bytes + (size_t)index * image->symbol_size);
    if (name >= image->names.size)
        return diagnose(diagnosis, STATUS_SYMBOL_NAME, "symbol %u: 0x%x of 0x%zx", index, name,
                        image->names.size);
    struct image_symbol symbol = image_symbol(image, index);
    bool is_local = symbol.binding == STB_LOCAL;
    if (is_local != (index < image->first_global))
        return diagnose(diagnosis, STATUS_SYMBOL_TABLE,
                        "symbol %u (%.64s): binding %u, first global is %u", index, symbol.name,
                        symbol.binding, image->first_global);
    if (symbol.type == STT_TLS || symbol.type == STT_GNU_IFUNC)
        return diagnose(diagnosis, STATUS_SYMBOL_KIND, "symbol %u (%.64s): type %u", index,
                        symbol.name, symbol.type);
    return check_symbol_place(image, &symbol, index, diagnosis);
}

/* Relocations without a symbol name the null symbol and count on its value: it is all zeroes. */
static enum status check_null_symbol(const struct image *image, struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < image->symbol_size && image->symbol_count != 0; i++) {
        if (image->symbols.bytes[i] != 0)
            return diagnose(diagnosis, STATUS_SYMBOL_TABLE, "symbol 0 is not all zeroes");
    }
    return STATUS_OK;
}

/*
 * Whether nearly all symbols are sound is seen without decoding them: the name begins inside the
 * strings, the binding is local exactly in the first part of the table, no type is refused, and the
 * value lies inside a section that is there. An undefined symbol passes by the null section, whose
 * size is 0. The others get the full check, which knows what is wrong, or that nothing is.
 */
#define TYPES_REFUSED (1u << STT_TLS | 1u << STT_GNU_IFUNC)

static ALWAYS_INLINE bool is_plainly_sound(const struct image *image, const uint8_t *entry,
                                           bool is_64, bool is_local)
{
    uint32_t name = load_u32(entry);
    uint8_t info = entry[is_64 ? offsetof(Elf64_Sym, st_info) : offsetof(Elf32_Sym, st_info)];
    uint16_t section =
        load_u16(entry + (is_64 ? offsetof(Elf64_Sym, st_shndx) : offsetof(Elf32_Sym, st_shndx)));
    if (name >= image->names.size || (info <= ELF64_ST_INFO(STB_LOCAL, 0xf)) != is_local ||
        (TYPES_REFUSED >> (info & 0xf) & 1) != 0 || section >= image->section_count)
        return false;
    const uint8_t *headers = image->section_headers.bytes;
    if (is_64)
        return load_u64(entry + offsetof(Elf64_Sym, st_value)) <=
               IMAGE_FIELD64(headers + section * sizeof(Elf64_Shdr), Elf64_Shdr, sh_size);
    return load_u32(entry + offsetof(Elf32_Sym, st_value)) <=
           IMAGE_FIELD32(headers + section * sizeof(Elf32_Shdr), Elf32_Shdr, sh_size);
}

/* Checks symbols `first` to `end` - 1, which must all be local or all not. */
static ALWAYS_INLINE enum status check_symbol_range(const struct image *image, uint32_t first,
                                                    uint32_t end, bool is_64, bool is_local,
                                                    struct diagnosis *diagnosis)
{
    const size_t entry_size = is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    const uint8_t *entry = image->symbols.bytes + first * entry_size;
    for (uint32_t i = first; i < end; i++, entry += entry_size) {
        if (LIKELY(is_plainly_sound(image, entry, is_64, is_local)))
            continue;
        enum status status = check_symbol(image, i, diagnosis);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status check_each_symbol(const struct image *image, struct diagnosis *diagnosis)
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

static enum status check_symbols(struct image *image, struct diagnosis *diagnosis)
{
    if (image->symbol_section == 0)
        return STATUS_OK;
    enum status status = adopt_symbol_names(image, diagnosis);
    if (status == STATUS_OK)
        status = check_null_symbol(image, diagnosis);
    return status != STATUS_OK ? status : check_each_symbol(image, diagnosis);
}

/* A record must name a symbol of the wanted kind by index and by hash. */
static ALWAYS_INLINE bool record_agrees(const struct image *image, uint32_t index, uint32_t hash,
                                        bool is_import)
{
    if (index == 0 || index >= image->symbol_count)
        return false;
    struct image_symbol symbol = image_symbol(image, index);
    bool is_right_kind =
        is_import ? image_symbol_is_import(&symbol) : image_symbol_is_export(&symbol);
    return is_right_kind && hash_name(symbol.name) == hash;
}

static enum status check_exports(struct image *image, struct diagnosis *diagnosis)
{
    if (image->exports.size % sizeof(struct mod_export) != 0)
        return diagnose(diagnosis, STATUS_MOD_EXPORTS, "0x%zx bytes", image->exports.size);
    image->export_count = (uint32_t)(image->exports.size / sizeof(struct mod_export));
    for (uint32_t i = 0; i < image->export_count; i++) {
        struct mod_export record = image_export(image, i);
        if (!record_agrees(image, record.symbol, record.hash, false) ||
            record.mclass > MOD_CLASS_SYSCALL3264)
            return diagnose(diagnosis, STATUS_MOD_EXPORTS,
                            "record %u: symbol %u, hash 0x%x, class %u", i, record.symbol,
                            record.hash, record.mclass);
    }
    return STATUS_OK;
}

static enum status check_imports(struct image *image, struct diagnosis *diagnosis)
{
    if (image->imports.size % sizeof(struct mod_import) != 0)
        return diagnose(diagnosis, STATUS_MOD_IMPORTS, "0x%zx bytes", image->imports.size);
    uint32_t previous = 0;
    image->import_count = (uint32_t)(image->imports.size / sizeof(struct mod_import));
    for (uint32_t i = 0; i < image->import_count; i++) {
        struct mod_import record = image_import(image, i);
        /* Ascending symbols let the resolver walk records and symbols side by side. */
        if (record.symbol <= previous || record.file >= image->file_count ||
            !record_agrees(image, record.symbol, record.hash, true))
            return diagnose(diagnosis, STATUS_MOD_IMPORTS,
                            "record %u: symbol %u, hash 0x%x, file %u", i, record.symbol,
                            record.hash, record.file);
        previous = record.symbol;
    }
    return STATUS_OK;
}

/* Every string but the empty ones is key=value. */
static enum status check_info(struct span lines, const char *section, struct diagnosis *diagnosis)
{
    if (lines.size != 0 && !strings_end(lines))
        return diagnose(diagnosis, STATUS_MOD_INFO, "%s does not end with a zero byte", section);
    for (uint64_t offset = 0; offset < lines.size;) {
        const char *line = (const char *)lines.bytes + offset;
        if (line[0] != '\0' && (line[0] == '=' || strchr(line, '=') == NULL))
            return diagnose(diagnosis, STATUS_MOD_INFO, "%s at 0x%llx: \"%.64s\"", section,
                            HEX(offset), line);
        offset += strlen(line) + 1;
    }
    return STATUS_OK;
}

static uint32_t count_texts(struct span texts)
{
    uint32_t count = 0;
    for (size_t i = 0; i < texts.size; i++)
        count += texts.bytes[i] == 0;
    return count;
}

static enum status check_mod_sections(struct image *image, struct diagnosis *diagnosis)
{
    if (image->files.size != 0 && !strings_end(image->files))
        return diagnose(diagnosis, STATUS_MOD_IMPORTS, ".mod.files does not end with a zero byte");
    image->file_count = count_texts(image->files);
    enum status status = check_info(image->info, MOD_INFO_SECTION, diagnosis);
    if (status == STATUS_OK)
        status = check_info(image->link, MOD_LINK_SECTION, diagnosis);
    if (status == STATUS_OK)
        status = check_exports(image, diagnosis);
    return status != STATUS_OK ? status : check_imports(image, diagnosis);
}

enum status image_check(struct span file, struct image *image, struct diagnosis *diagnosis)
{
    *image = (struct image){.file = file};
    enum status status = check_identity(file, diagnosis);
    if (status == STATUS_OK)
        status = check_machine(file, image, diagnosis);
    if (status == STATUS_OK)
        status = check_section_table(image, diagnosis);
    if (status == STATUS_OK)
        status = check_sections(image, diagnosis);
    if (status == STATUS_OK)
        status = check_symbols(image, diagnosis);
    if (status == STATUS_OK)
        status = check_mod_sections(image, diagnosis);
    return status;
}
