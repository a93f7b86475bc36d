/*
 * The checks that make an image of foreign bytes. They run in this order, each relying on those
 * before it:
 *
 *   1. ELF header         class, byte order, type, machine, sizes
 *   2. section table      lies inside the file; names usable
 *   3. each section       range, alignment, protection, kind; the symbol table, of which there is
 *                         one at most, and the .mod.* sections are noted on the way
 *   4. symbol table       its strings end; each symbol's name, section and value (symbols_check.c)
 *   5. .mod.* sections    strings end; records name symbols of the right kind (mod_check.c)
 */
#include <elf.h>

#include "lib/string.h"
#include "lib/text.h"
#include "loader/image/arrays.h"
#include "loader/image/check.h"
#include "loader/image/image.h"

/* Fields of the ELF header that the checks need, widened. */
struct elf_header {
    uint64_t section_offset;
    uint16_t header_size;
    uint16_t section_entry_size;
    uint64_t section_count; /* this and the next are widened by section header 0 */
    uint32_t names_section;
};

static uint16_t big_endian_machine(struct span file)
{
    return __builtin_bswap16(span_u16(file, offsetof(Elf32_Ehdr, e_machine)));
}

static enum status check_identity(struct span file, struct diagnosis *diagnosis)
{
    if (image_is_bitcode(file))
        return diagnose(diagnosis, STATUS_FILE_BITCODE, "%s", "");
    if (!image_is_elf(file))
        return diagnose(diagnosis, STATUS_FILE_FORMAT, "it does not begin with 7f 45 4c 46");
    if (!span_has(file, 0, sizeof(Elf32_Ehdr)))
        return diagnose(diagnosis, STATUS_ELF_CUT, "0x%zx bytes of 0x%zx", file.size,
                        sizeof(Elf32_Ehdr));
    uint8_t class = file.bytes[EI_CLASS];
    if (class != ELFCLASS32 && class != ELFCLASS64)
        return diagnose(diagnosis, STATUS_ELF_CLASS, "class %u", class);
    if (file.bytes[EI_DATA] != ELFDATA2LSB)
        return diagnose(diagnosis, STATUS_ELF_ENCODING, "byte order %u (%s)", file.bytes[EI_DATA],
                        machine_name(big_endian_machine(file)));
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
    if (number == EM_X86_64 && !is_64)
        return diagnose(diagnosis, STATUS_ELF_X32, "x86_64 in ELF32");
    if (image->machine == NULL)
        return diagnose(diagnosis, STATUS_ELF_MACHINE, "%u (%s) in ELF%d", number,
                        machine_name(number), is_64 ? 64 : 32);
    if (type != ET_REL)
        return diagnose(diagnosis, STATUS_ELF_TYPE, "it is %s (type %u)", type_name(type), type);
    if (file.bytes[EI_VERSION] != EV_CURRENT)
        return diagnose(diagnosis, STATUS_ELF_IDENTITY_VERSION, "version %u",
                        file.bytes[EI_VERSION]);
    if (version != EV_CURRENT)
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

static enum status check_section_names(struct image *image, struct diagnosis *diagnosis)
{
    uint32_t index = image->names_section;
    if (index == 0 || index >= image->section_count)
        return diagnose(diagnosis, STATUS_SECTION_NAMES, "their section is %u of %u", index,
                        image->section_count);
    struct image_section section = image_section(image, index);
    struct span names;
    if (section.type != SHT_STRTAB)
        return diagnose(diagnosis, STATUS_SECTION_NAMES_TYPE, "section %u: type %u", index,
                        section.type);
    if (!span_slice(image->file, section.offset, section.size, &names))
        return diagnose(diagnosis, STATUS_SECTION_NAMES_RANGE,
                        "section %u: 0x%llx + 0x%llx, file ends at 0x%zx", index,
                        HEX(section.offset), HEX(section.size), image->file.size);
    if (!strings_end(names))
        return diagnose(diagnosis, STATUS_SECTION_NAMES_END, "section %u: 0x%llx bytes", index,
                        HEX(section.size));
    image->section_names = names;
    return STATUS_OK;
}

/* Numbers that are too large for the ELF header stand in section header 0 (gABI, "ELF Header"). */
static enum status widen_header(struct image *image, struct elf_header *header,
                                struct diagnosis *diagnosis)
{
    bool is_wide = header->section_count == 0 || header->names_section == SHN_XINDEX;
    if (!is_wide || header->section_offset == 0)
        return STATUS_OK;
    if (!span_slice(image->file, header->section_offset, image->header_size,
                    &image->section_headers))
        return diagnose(diagnosis, STATUS_SECTION_TABLE, "header 0 at 0x%llx, file ends at 0x%zx",
                        HEX(header->section_offset), image->file.size);
    image->section_count = 1;
    struct image_section first = image_section(image, 0);
    if (header->section_count == 0)
        header->section_count = first.size;
    if (header->names_section == SHN_XINDEX)
        header->names_section = first.link;
    return STATUS_OK;
}

/* Fields of the ELF header before they are widened. */
static enum status check_header(const struct elf_header *header, bool is_64,
                                struct diagnosis *diagnosis)
{
    if (header->header_size != (is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)))
        return diagnose(diagnosis, STATUS_ELF_HEADER_SIZE, "%u", header->header_size);
    if (header->section_entry_size != (is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
        return diagnose(diagnosis, STATUS_SECTION_HEADER_SIZE, "%u", header->section_entry_size);
    if (header->section_count >= SHN_LORESERVE)
        return diagnose(diagnosis, STATUS_SECTION_COUNT_RESERVED, "0x%llx",
                        HEX(header->section_count));
    if (header->names_section >= SHN_LORESERVE && header->names_section != SHN_XINDEX)
        return diagnose(diagnosis, STATUS_SECTION_NAMES_RESERVED, "0x%x", header->names_section);
    return STATUS_OK;
}

static enum status adopt_section_table(struct image *image, const struct elf_header *header,
                                       struct diagnosis *diagnosis)
{
    uint64_t count = header->section_count;
    if (count == 0)
        return diagnose(diagnosis, STATUS_SECTION_COUNT, "%s", "");
    if (count > IMAGE_SECTIONS_MAX)
        return diagnose(diagnosis, STATUS_SECTION_LIMIT, "%llu, the limit is %u", HEX(count),
                        IMAGE_SECTIONS_MAX);
    if (!span_slice(image->file, header->section_offset, count * image->header_size,
                    &image->section_headers))
        return diagnose(diagnosis, STATUS_SECTION_TABLE,
                        "%llu headers at 0x%llx, file ends at 0x%zx", HEX(count),
                        HEX(header->section_offset), image->file.size);
    image->section_count = (uint32_t)count;
    image->plain_sections = count < SHN_LORESERVE ? (uint32_t)count : SHN_LORESERVE;
    image->names_section = header->names_section;
    return STATUS_OK;
}

static enum status check_section_table(struct image *image, struct diagnosis *diagnosis)
{
    bool is_64 = image->machine->is_64;
    struct elf_header header = read_header(image->file, is_64);
    image->header_size = is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    enum status status = check_header(&header, is_64, diagnosis);
    if (status == STATUS_OK)
        status = widen_header(image, &header, diagnosis);
    if (status == STATUS_OK)
        status = adopt_section_table(image, &header, diagnosis);
    return status != STATUS_OK ? status : check_section_names(image, diagnosis);
}

/* False when there is none to be looked at, or its length does not stand in the ELF header itself. */
static bool peek_section_table(struct span file, struct image *image)
{
    struct diagnosis ignored;
    *image = (struct image){.file = file};
    return check_identity(file, &ignored) == STATUS_OK &&
           check_machine(file, image, &ignored) == STATUS_OK &&
           read_header(file, image->machine->is_64).section_count != 0 &&
           check_section_table(image, &ignored) == STATUS_OK;
}

const struct machine *image_peek_loadable(struct span file)
{
    struct image image;
    const struct machine *machine = image_peek_machine(file);
    if (machine == NULL || !peek_section_table(file, &image))
        return machine;
    for (uint32_t i = 1; i < image.section_count; i++) {
        if (image_section_is_allocated(&image, i))
            return machine;
    }
    return NULL;
}

/* sh_name is read here on its own: the accessor does not give the number. */
static enum status check_section_name(const struct image *image, uint32_t index,
                                      struct diagnosis *diagnosis)
{
    uint32_t name = load_u32(image->section_headers.bytes + (size_t)index * image->header_size);
    if (name >= image->section_names.size)
        return diagnose(diagnosis, STATUS_SECTION_NAME, "section %u: name at 0x%x of 0x%zx", index,
                        name, image->section_names.size);
    return STATUS_OK;
}

/* What only matters for sections that get memory in the kernel. */
static enum status check_loaded_section(const struct image_section *section, uint32_t index,
                                        uint64_t *total, struct diagnosis *diagnosis)
{
    bool is_known = section->type == SHT_PROGBITS || section->type == SHT_NOBITS ||
                    section->type == SHT_NOTE || section->type == SHT_X86_64_UNWIND ||
                    (section->type >= SHT_INIT_ARRAY && section->type <= SHT_PREINIT_ARRAY);
    if (!is_power_of_two(section->alignment))
        return diagnose(diagnosis, STATUS_SECTION_ALIGNMENT_POWER, "section %u (%s): 0x%llx", index,
                        section->name, HEX(section->alignment));
    if (section->alignment > IMAGE_ALIGNMENT_MAX)
        return diagnose(diagnosis, STATUS_SECTION_ALIGNMENT, "section %u (%s): 0x%llx, limit 0x%x",
                        index, section->name, HEX(section->alignment), IMAGE_ALIGNMENT_MAX);
    if ((section->flags & SHF_TLS) != 0)
        return diagnose(diagnosis, STATUS_SECTION_TLS, "section %u (%s)", index, section->name);
    if ((section->flags & SHF_WRITE) != 0 && (section->flags & SHF_EXECINSTR) != 0)
        return diagnose(diagnosis, STATUS_SECTION_WRITE_EXECUTE, "section %u (%s)", index,
                        section->name);
    if ((section->flags & SHF_COMPRESSED) != 0)
        return diagnose(diagnosis, STATUS_SECTION_COMPRESSED, "section %u (%s)", index,
                        section->name);
    if ((section->flags & SHF_OS_NONCONFORMING) != 0)
        return diagnose(diagnosis, STATUS_SECTION_NONCONFORMING, "section %u (%s)", index,
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
    if (table->entry_size != entry_size)
        return diagnose(diagnosis, STATUS_SYMBOL_ENTRY_SIZE, "section %u: entries of 0x%llx", index,
                        HEX(table->entry_size));
    if (table->size % entry_size != 0)
        return diagnose(diagnosis, STATUS_SYMBOL_TABLE_SIZE, "section %u: 0x%llx bytes", index,
                        HEX(table->size));
    if (table->size / entry_size > IMAGE_SYMBOLS_MAX)
        return diagnose(diagnosis, STATUS_SYMBOL_LIMIT, "section %u: more than %u symbols", index,
                        IMAGE_SYMBOLS_MAX);
    if (table->link == 0 || table->link >= image->section_count)
        return diagnose(diagnosis, STATUS_SYMBOL_STRINGS, "section %u: strings in section %u of %u",
                        index, table->link, image->section_count);
    image->symbol_section = index;
    image->symbols = image_contents(image, table);
    image->symbol_size = (uint32_t)entry_size;
    image->symbol_count = (uint32_t)(table->size / entry_size);
    image->first_global = table->info;
    if (table->info > image->symbol_count)
        return diagnose(diagnosis, STATUS_SYMBOL_FIRST_GLOBAL, "section %u: %u of %u", index,
                        table->info, image->symbol_count);
    return STATUS_OK;
}

/* Tables that share bytes could make a small file ask for any amount of work. */
static enum status note_relocations(struct image *image, uint32_t index,
                                    const struct image_section *table, struct diagnosis *diagnosis)
{
    image->relocation_bytes += table->size; /* less than 2^20 times a file's size */
    if (image->relocation_bytes > image->file.size)
        return diagnose(diagnosis, STATUS_RELOCATION_TOTAL,
                        "up to section %u (%s): 0x%llx bytes, file ends at 0x%zx", index,
                        table->name, HEX(image->relocation_bytes), image->file.size);
    return STATUS_OK;
}

static enum status note_wide_sections(struct image *image, uint32_t index,
                                      struct diagnosis *diagnosis)
{
    if (image->wide_sections_section != 0)
        return diagnose(diagnosis, STATUS_SYMBOL_INDEX_TABLES, "sections %u and %u are both one",
                        image->wide_sections_section, index);
    image->wide_sections_section = index;
    return STATUS_OK;
}

/* Most are only noted: which symbols there are may not be known yet (symbols_check.c, unify.c). */
static enum status note_table(struct image *image, uint32_t index,
                              const struct image_section *section, struct diagnosis *diagnosis)
{
    switch (section->type) {
    case SHT_SYMTAB:
        return adopt_symbol_table(image, index, section, diagnosis);
    case SHT_RELA:
    case SHT_REL:
        return note_relocations(image, index, section, diagnosis);
    case SHT_GROUP:
        image->group_count++;
        return STATUS_OK;
    case SHT_SYMTAB_SHNDX:
        return note_wide_sections(image, index, diagnosis);
    default:
        return STATUS_OK;
    }
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

/* How many functions there are; which ones is only known after relocation (arrays.c). */
static enum status note_array(struct image *image, uint32_t index,
                              const struct image_section *section, struct diagnosis *diagnosis)
{
    uint64_t width = image->machine->is_64 ? sizeof(uint64_t) : sizeof(uint32_t);
    if (section->size % width != 0)
        return diagnose(diagnosis, STATUS_ARRAY_SIZE, "section %u (%s): 0x%llx bytes", index,
                        section->name, HEX(section->size));
    image->array_count++;
    image->function_count += (uint32_t)(section->size / width);
    return STATUS_OK;
}

/* gcc's note of whether the object needs to run code on its stack. */
static enum status check_note(const struct image_section *section, uint32_t index,
                              struct diagnosis *diagnosis)
{
    if ((section->flags & SHF_EXECINSTR) != 0 && strcmp(section->name, ".note.GNU-stack") == 0)
        return diagnose(diagnosis, STATUS_STACK_EXECUTABLE, "section %u (%s) has the flag \"x\"",
                        index, section->name);
    return STATUS_OK;
}

/* By what the section is for: ours, for notes, for memory. */
static enum status check_purpose(struct image *image, uint32_t index,
                                 const struct image_section *section, uint64_t *total,
                                 struct diagnosis *diagnosis)
{
    /* The letters that tell most names apart are looked at first. */
    bool may_be_ours = section->name[0] == '.' && section->name[1] == 'm';
    if (may_be_ours && text_starts_with(section->name, MOD_SECTION_PREFIX)) {
        note_mod_section(image, section);
        return STATUS_OK;
    }
    if ((section->flags & SHF_ALLOC) == 0)
        return check_note(section, index, diagnosis);
    enum status status = check_loaded_section(section, index, total, diagnosis);
    return status == STATUS_OK && arrays_has(section) ? note_array(image, index, section, diagnosis)
                                                      : status;
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
    status = note_table(image, index, &section, diagnosis);
    return status != STATUS_OK ? status : check_purpose(image, index, &section, total, diagnosis);
}

/* Section 0 stands for "none": it has no contents, whatever its other fields say. */
static enum status check_null_section(const struct image *image, struct diagnosis *diagnosis)
{
    uint32_t type = image_section_type(image, 0);
    if (type != SHT_NULL)
        return diagnose(diagnosis, STATUS_SECTION_NULL, "type 0x%x", type);
    return check_section_name(image, 0, diagnosis);
}

static enum status check_sections(struct image *image, struct diagnosis *diagnosis)
{
    uint64_t total = 0;
    enum status status = check_null_section(image, diagnosis);
    for (uint32_t i = 1; i < image->section_count && status == STATUS_OK; i++)
        status = check_section(image, i, &total, diagnosis);
    return status;
}

enum status image_check(struct span file, struct image *image, struct diagnosis *diagnosis)
{
    /* Without a symbol table its two spans are empty, but not nowhere: accessors count from them. */
    struct span nothing = span_make(file.bytes, 0);
    *image = (struct image){.file = file, .symbols = nothing, .names = nothing};
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
