/*
 * Accessors of a checked image that are more than reading a field. Nothing here can fail: image_check.c
 * has verified what they read.
 */
#include "loader/image/image.h"

#include "lib/string.h"
#include "lib/text.h"

/* SHN_X86_64_LCOMMON: COMMON symbols of the medium and large code models. */
#define LARGE_COMMON 0xff02

bool image_is_elf(struct span file)
{
    return file.size >= SELFMAG && memcmp(file.bytes, ELFMAG, SELFMAG) == 0;
}

bool image_is_bitcode(struct span file)
{
    static const uint8_t plain[] = {'B', 'C', 0xc0, 0xde};
    static const uint8_t wrapped[] = {0xde, 0xc0, 0x17, 0x0b};
    return file.size >= sizeof(plain) && (memcmp(file.bytes, plain, sizeof(plain)) == 0 ||
                                          memcmp(file.bytes, wrapped, sizeof(wrapped)) == 0);
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

struct span image_contents(const struct image *image, const struct image_section *section)
{
    if (section->type == SHT_NOBITS || section->type == SHT_NULL)
        return span_make(NULL, 0);
    return span_make(image->file.bytes + section->offset, (size_t)section->size);
}

uint32_t image_reserved_section(const struct image *image, uint32_t index, uint16_t number)
{
    if (number == SHN_XINDEX && image->wide_sections != NULL)
        return load_u32(image->wide_sections + (size_t)index * sizeof(uint32_t));
    if (number == SHN_ABS)
        return IMAGE_SECTION_ABSOLUTE;
    bool is_common = number == SHN_COMMON || (image->machine->is_64 && number == LARGE_COMMON);
    return is_common ? IMAGE_SECTION_COMMON : IMAGE_SECTION_RESERVED;
}

/*
 * Allocated sections that only the loader reads, or nobody: a kernel does not unwind by tables. The
 * letter that tells most names apart is looked at first.
 */
static bool is_left_out(const struct image_section *section)
{
    const char *name = section->name;
    if (section->type == SHT_X86_64_UNWIND)
        return true;
    switch (name[0] == '.' ? name[1] : '\0') {
    case 'm':
        return text_starts_with(name, MOD_SECTION_PREFIX);
    case 'e':
        return strcmp(name, ".eh_frame") == 0;
    case 'n':
        return strcmp(name, ".note.gnu.property") == 0;
    default:
        return false;
    }
}

bool image_section_is_loaded(const struct image_section *section)
{
    return (section->flags & SHF_ALLOC) != 0 && !section->is_discarded && !is_left_out(section);
}

bool image_symbol_is_code(const struct image *image, const struct image_symbol *symbol)
{
    const uint64_t code = SHF_ALLOC | SHF_EXECINSTR;
    if (!image_symbol_has_section(symbol))
        return false;
    struct image_section section = image_section(image, symbol->section);
    return (section.flags & code) == code && !section.is_discarded && symbol->value < section.size;
}

uint32_t image_next_named(const struct image *image, uint32_t index, char letter)
{
    const uint32_t first = letter == '_' ? image->underscore_first : image->first_global;
    const uint32_t end = letter == '_' ? image->underscore_end : image->symbol_count;
    if (index < first)
        index = first;
    const size_t size = image->symbol_size;
    const char *names = (const char *)image->names.bytes;
    const uint8_t *entry = image->symbols.bytes + index * size; /* st_name comes first in both */
    while (index < end && names[load_u32(entry)] != letter) {
        index++;
        entry += size;
    }
    return index < end ? index : image->symbol_count;
}

const char *image_import_file(const struct image *image, uint32_t index)
{
    if (index >= image->file_count)
        return NULL;
    const char *file = (const char *)image->files.bytes;
    for (uint32_t i = 0; i < index; i++)
        file += strlen(file) + 1;
    return file;
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
