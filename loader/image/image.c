/*
 * Accessors of a checked image. Nothing here can fail: image_check.c has verified what they read.
 * ELF32 and ELF64 differ in field offsets and widths only; both are read through <elf.h>'s structures
 * as maps of offsets, never by casting the file's bytes to them.
 */
#include "loader/image/image.h"

#include <elf.h>

#include "lib/string.h"
#include "lib/text.h"

/* A field of an ELF32 or ELF64 structure at `bytes`, widened. */
#define FIELD32(bytes, type, field) load_u32((bytes) + offsetof(type, field))
#define FIELD64(bytes, type, field) load_u64((bytes) + offsetof(type, field))

bool image_is_elf(struct span file)
{
    return file.size >= SELFMAG && memcmp(file.bytes, ELFMAG, SELFMAG) == 0;
}

const struct machine *image_peek_machine(struct span file)
{
    if (!image_is_elf(file) || file.size < offsetof(Elf32_Ehdr, e_version))
        return NULL;
    if (file.bytes[EI_DATA] != ELFDATA2LSB ||
        span_u16(file, offsetof(Elf32_Ehdr, e_type)) != ET_REL)
        return NULL;
    return machine_find(span_u16(file, offsetof(Elf32_Ehdr, e_machine)),
                        file.bytes[EI_CLASS] == ELFCLASS64);
}

/* Until image_check has found the names' section, no section has a name. */
static const char *section_name(const struct image *image, uint32_t offset)
{
    bool is_inside = offset < image->section_names.size;
    return is_inside ? (const char *)image->section_names.bytes + offset : "";
}

static struct image_section section_64(const struct image *image, const uint8_t *header)
{
    return (struct image_section){
        .name = section_name(image, FIELD32(header, Elf64_Shdr, sh_name)),
        .type = FIELD32(header, Elf64_Shdr, sh_type),
        .link = FIELD32(header, Elf64_Shdr, sh_link),
        .info = FIELD32(header, Elf64_Shdr, sh_info),
        .flags = FIELD64(header, Elf64_Shdr, sh_flags),
        .offset = FIELD64(header, Elf64_Shdr, sh_offset),
        .size = FIELD64(header, Elf64_Shdr, sh_size),
        .alignment = FIELD64(header, Elf64_Shdr, sh_addralign),
        .entry_size = FIELD64(header, Elf64_Shdr, sh_entsize),
    };
}

static struct image_section section_32(const struct image *image, const uint8_t *header)
{
    return (struct image_section){
        .name = section_name(image, FIELD32(header, Elf32_Shdr, sh_name)),
        .type = FIELD32(header, Elf32_Shdr, sh_type),
        .link = FIELD32(header, Elf32_Shdr, sh_link),
        .info = FIELD32(header, Elf32_Shdr, sh_info),
        .flags = FIELD32(header, Elf32_Shdr, sh_flags),
        .offset = FIELD32(header, Elf32_Shdr, sh_offset),
        .size = FIELD32(header, Elf32_Shdr, sh_size),
        .alignment = FIELD32(header, Elf32_Shdr, sh_addralign),
        .entry_size = FIELD32(header, Elf32_Shdr, sh_entsize),
    };
}

struct image_section image_section(const struct image *image, uint32_t index)
{
    ASSERT(index < image->section_count);
    const uint8_t *header = image->section_headers.bytes + (size_t)index * image->header_size;
    struct image_section section =
        image->machine->is_64 ? section_64(image, header) : section_32(image, header);
    if (section.alignment == 0)
        section.alignment = 1;
    return section;
}

struct image_symbol image_symbol(const struct image *image, uint32_t index)
{
    ASSERT(index < image->symbol_count);
    const uint8_t *entry = image->symbols.bytes + (size_t)index * image->symbol_size;
    const char *names = (const char *)image->names.bytes;
    if (image->machine->is_64) {
        uint8_t info = entry[offsetof(Elf64_Sym, st_info)];
        return (struct image_symbol){
            .name = names + FIELD32(entry, Elf64_Sym, st_name),
            .value = FIELD64(entry, Elf64_Sym, st_value),
            .size = FIELD64(entry, Elf64_Sym, st_size),
            .section = load_u16(entry + offsetof(Elf64_Sym, st_shndx)),
            .binding = ELF64_ST_BIND(info),
            .type = ELF64_ST_TYPE(info),
        };
    }
    uint8_t info = entry[offsetof(Elf32_Sym, st_info)];
    return (struct image_symbol){
        .name = names + FIELD32(entry, Elf32_Sym, st_name),
        .value = FIELD32(entry, Elf32_Sym, st_value),
        .size = FIELD32(entry, Elf32_Sym, st_size),
        .section = load_u16(entry + offsetof(Elf32_Sym, st_shndx)),
        .binding = ELF32_ST_BIND(info),
        .type = ELF32_ST_TYPE(info),
    };
}

struct span image_contents(const struct image *image, const struct image_section *section)
{
    if (section->type == SHT_NOBITS || section->type == SHT_NULL)
        return span_make(NULL, 0);
    return span_make(image->file.bytes + section->offset, (size_t)section->size);
}

bool image_section_is_loaded(const struct image_section *section)
{
    return (section->flags & SHF_ALLOC) != 0 &&
           !text_starts_with(section->name, MOD_SECTION_PREFIX);
}

bool image_symbol_is_export(const struct image_symbol *symbol)
{
    return symbol->section != SHN_UNDEF && symbol->binding != STB_LOCAL;
}

bool image_symbol_is_import(const struct image_symbol *symbol)
{
    return symbol->section == SHN_UNDEF;
}

uint32_t image_export_count(const struct image *image)
{
    return (uint32_t)(image->exports.size / sizeof(struct mod_export));
}

uint32_t image_import_count(const struct image *image)
{
    return (uint32_t)(image->imports.size / sizeof(struct mod_import));
}

struct mod_export image_export(const struct image *image, uint32_t index)
{
    ASSERT(index < image_export_count(image));
    const uint8_t *record = image->exports.bytes + index * sizeof(struct mod_export);
    return (struct mod_export){
        .symbol = FIELD32(record, struct mod_export, symbol),
        .hash = FIELD32(record, struct mod_export, hash),
        .mclass = FIELD32(record, struct mod_export, mclass),
    };
}

struct mod_import image_import(const struct image *image, uint32_t index)
{
    ASSERT(index < image_import_count(image));
    const uint8_t *record = image->imports.bytes + index * sizeof(struct mod_import);
    return (struct mod_import){
        .symbol = FIELD32(record, struct mod_import, symbol),
        .hash = FIELD32(record, struct mod_import, hash),
        .file = FIELD32(record, struct mod_import, file),
    };
}

const char *image_import_file(const struct image *image, uint32_t index)
{
    uint64_t offset = 0;
    for (uint32_t i = 0; offset < image->files.size; i++) {
        const char *file = (const char *)image->files.bytes + offset;
        if (i == index)
            return file;
        offset += strlen(file) + 1;
    }
    return NULL;
}

static const char *find_key(struct span lines, const char *key)
{
    size_t length = strlen(key);
    for (uint64_t offset = 0; offset < lines.size;) {
        const char *line = (const char *)lines.bytes + offset;
        if (strncmp(line, key, length) == 0 && line[length] == '=')
            return line + length + 1;
        offset += strlen(line) + 1;
    }
    return NULL;
}

const char *image_info(const struct image *image, const char *key)
{
    return find_key(image->info, key);
}

const char *image_link(const struct image *image, const char *key)
{
    return find_key(image->link, key);
}
