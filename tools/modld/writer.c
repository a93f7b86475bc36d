/*
 * The object that ld wrote ends, behind its last section, with what is made anew here:
 *
 *   | ELF header | sections ... | .mod.link .files .exports .imports | .shstrtab | section headers |
 *     `- changed   `- as they were                                     `- longer   `- four more
 *
 * ELF32 and ELF64 differ in the width of a word and the offsets of a few fields.
 */
#include "tools/modld/writer.h"

#include <elf.h>
#include <string.h>

#include "tools/support/memory.h"
#include "tools/support/report.h"

#define NEW_SECTIONS 4

struct buffer {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

/* Where ELF32 and ELF64 keep what is changed. */
struct layout {
    size_t word_size;
    size_t header_section_offset; /* e_shoff */
    size_t header_section_count;  /* e_shnum */
    size_t section_offset;        /* sh_offset */
    size_t section_size;          /* sh_size */
};

static const struct layout layout_32 = {
    4,
    offsetof(Elf32_Ehdr, e_shoff),
    offsetof(Elf32_Ehdr, e_shnum),
    offsetof(Elf32_Shdr, sh_offset),
    offsetof(Elf32_Shdr, sh_size),
};

static const struct layout layout_64 = {
    8,
    offsetof(Elf64_Ehdr, e_shoff),
    offsetof(Elf64_Ehdr, e_shnum),
    offsetof(Elf64_Shdr, sh_offset),
    offsetof(Elf64_Shdr, sh_size),
};

/* A section to be added. */
struct addition {
    const char *name;
    uint32_t alignment;
    uint32_t entry_size;
    struct buffer contents;
    uint32_t name_offset; /* in .shstrtab */
    size_t offset;        /* in the file */
};

static void put_bytes(struct buffer *buffer, const void *bytes, size_t size)
{
    if (size > buffer->capacity - buffer->size) {
        buffer->capacity = 2 * (buffer->size + size);
        buffer->bytes = memory_resize(buffer->bytes, buffer->capacity, 1);
    }
    if (size > 0)
        memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
}

static void put_u32(struct buffer *buffer, uint32_t value)
{
    put_bytes(buffer, &value, sizeof(value));
}

/* A number as wide as the object's addresses. */
static void put_word(struct buffer *buffer, const struct layout *layout, uint64_t value)
{
    put_bytes(buffer, &value, layout->word_size);
}

static void put_text(struct buffer *buffer, const char *text)
{
    put_bytes(buffer, text, strlen(text) + 1);
}

static void put_padding(struct buffer *buffer, size_t alignment)
{
    static const uint8_t zeros[16];
    put_bytes(buffer, zeros, ALIGN_UP(buffer->size, alignment) - buffer->size);
}

static void set_word(uint8_t *field, const struct layout *layout, uint64_t value)
{
    memcpy(field, &value, layout->word_size);
}

static struct buffer list_texts(const struct texts *texts)
{
    struct buffer buffer = {0};
    for (size_t i = 0; i < texts->count; i++)
        put_text(&buffer, texts->items[i]);
    return buffer;
}

static struct buffer copy_bytes(const void *bytes, size_t size)
{
    struct buffer buffer = {0};
    put_bytes(&buffer, bytes, size);
    return buffer;
}

static void make_contents(const struct bindings *bindings, struct addition additions[NEW_SECTIONS])
{
    additions[0] = (struct addition){MOD_LINK_SECTION, 1, 0, list_texts(&bindings->link), 0, 0};
    additions[1] = (struct addition){MOD_FILES_SECTION, 1, 0, list_texts(&bindings->files), 0, 0};
    struct buffer records =
        copy_bytes(bindings->exports, bindings->export_count * sizeof(struct mod_export));
    additions[2] =
        (struct addition){MOD_EXPORTS_SECTION, 4, sizeof(struct mod_export), records, 0, 0};
    records = copy_bytes(bindings->imports, bindings->import_count * sizeof(struct mod_import));
    additions[3] =
        (struct addition){MOD_IMPORTS_SECTION, 4, sizeof(struct mod_import), records, 0, 0};
}

/* The end of the last section whose bytes stay, all but `.shstrtab` and the headers. */
static size_t kept_size(const struct image *image, uint32_t names_index)
{
    uint64_t end = image->machine->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    for (uint32_t i = 1; i < image->section_count; i++) {
        struct image_section section = image_section(image, i);
        bool has_bytes = section.type != SHT_NOBITS && section.type != SHT_NULL;
        if (i != names_index && has_bytes && section.offset + section.size > end)
            end = section.offset + section.size;
    }
    return (size_t)end;
}

/* Puts .shstrtab with the new names at its end, and into its header where it is now. */
static void put_names(struct buffer *file, const struct layout *layout, const struct image *image,
                      struct addition additions[NEW_SECTIONS], uint8_t *names_header)
{
    size_t start = file->size;
    put_bytes(file, image->section_names.bytes, image->section_names.size);
    for (size_t i = 0; i < NEW_SECTIONS; i++) {
        additions[i].name_offset = (uint32_t)(file->size - start);
        put_text(file, additions[i].name);
    }
    set_word(names_header + layout->section_offset, layout, start);
    set_word(names_header + layout->section_size, layout, file->size - start);
}

static void put_section_header(struct buffer *file, const struct layout *layout,
                               const struct addition *addition)
{
    put_u32(file, addition->name_offset);
    put_u32(file, SHT_PROGBITS);
    put_word(file, layout, 0); /* flags: no memory in the kernel */
    put_word(file, layout, 0); /* address */
    put_word(file, layout, addition->offset);
    put_word(file, layout, addition->contents.size);
    put_u32(file, 0); /* link */
    put_u32(file, 0); /* info */
    put_word(file, layout, addition->alignment);
    put_word(file, layout, addition->entry_size);
}

/*
 * Puts all section headers and makes the ELF header say where they are. A count that does not fit into the
 * ELF header stands in section 0 instead (gABI, "ELF Header", e_shnum).
 */
static void put_section_headers(struct buffer *file, const struct layout *layout,
                                const struct image *image, const uint8_t *old_headers,
                                const struct addition additions[NEW_SECTIONS])
{
    put_padding(file, 8);
    size_t start = file->size;
    uint32_t count = image->section_count + NEW_SECTIONS;
    uint16_t plain_count = count < SHN_LORESERVE ? (uint16_t)count : 0;
    put_bytes(file, old_headers, image->section_headers.size);
    for (size_t i = 0; i < NEW_SECTIONS; i++)
        put_section_header(file, layout, &additions[i]);
    set_word(file->bytes + layout->header_section_offset, layout, start);
    memcpy(file->bytes + layout->header_section_count, &plain_count, sizeof(plain_count));
    set_word(file->bytes + start + layout->section_size, layout, plain_count != 0 ? 0 : count);
}

static bool is_too_large(const struct image *image, const struct buffer *file, const char *path)
{
    if (!image->machine->is_64 && file->size > UINT32_MAX) {
        report_error("%s: is larger than a 32-bit object can be", path);
        return true;
    }
    return false;
}

bool writer_make(const struct image *image, const struct bindings *bindings, const char *path,
                 struct span *result)
{
    const struct layout *layout = image->machine->is_64 ? &layout_64 : &layout_32;
    uint32_t names_index = image->names_section;
    struct addition additions[NEW_SECTIONS];
    struct buffer file = {0};
    struct buffer headers = {0};

    if (image->section_count + NEW_SECTIONS > IMAGE_SECTIONS_MAX) {
        report_error("%s: %u sections and the %d of modld are more than %u", path,
                     image->section_count, NEW_SECTIONS, IMAGE_SECTIONS_MAX);
        return false;
    }
    make_contents(bindings, additions);
    put_bytes(&headers, image->section_headers.bytes, image->section_headers.size);
    put_bytes(&file, image->file.bytes, kept_size(image, names_index));
    for (size_t i = 0; i < NEW_SECTIONS; i++) {
        put_padding(&file, additions[i].alignment);
        additions[i].offset = file.size;
        put_bytes(&file, additions[i].contents.bytes, additions[i].contents.size);
    }
    put_names(&file, layout, image, additions,
              headers.bytes + (size_t)names_index * image->header_size);
    put_section_headers(&file, layout, image, headers.bytes, additions);
    *result = span_make(file.bytes, file.size);
    return !is_too_large(image, &file, path);
}
