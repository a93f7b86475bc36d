/*
 * Reads ustar archives: see ustar.h.
 *
 * An entry is a header block of 512 bytes, then its contents, filled up to whole blocks. Two blocks
 * of zeros end the archive. All numbers are octal text.
 */
#include "kernel/fs/ustar.h"

#include "lib/string.h"

/* Fields of the header: offset and size. */
struct field {
    uint16_t offset;
    uint16_t size;
};
static const struct field field_name = {0, 100};
static const struct field field_size = {124, 12};
static const struct field field_checksum = {148, 8};
static const struct field field_magic = {257, 6};
static const struct field field_prefix = {345, 155};
#define TYPE_OFFSET 156

_Static_assert(USTAR_PATH_MAX == 155 + 1 + 100 + 1, "prefix, slash, name and zero byte fit");

static bool block_is_zero(struct span block)
{
    for (size_t i = 0; i < block.size; i++) {
        if (block.bytes[i] != 0)
            return false;
    }
    return true;
}

/* Octal digits, spaces before them, and spaces or zero bytes after them. False for all else. */
static bool read_octal(struct span header, struct field field, uint64_t *value)
{
    const uint8_t *next = header.bytes + field.offset;
    const uint8_t *end = next + field.size;
    while (next < end && *next == ' ')
        next++;
    const uint8_t *digits = next;
    *value = 0;
    /* 12 digits are 36 bits: no overflow. */
    while (next < end && *next >= '0' && *next <= '7')
        *value = *value << 3 | (uint64_t)(*next++ - '0');
    if (next == digits)
        return false;
    while (next < end && (*next == ' ' || *next == 0))
        next++;
    return next == end;
}

/* The sum of all bytes, those of the checksum itself counted as spaces. */
static bool checksum_is_right(struct span header)
{
    uint64_t stated;
    if (!read_octal(header, field_checksum, &stated))
        return false;
    uint64_t sum = (uint64_t)' ' * field_checksum.size;
    for (size_t i = 0; i < header.size; i++) {
        if (i < field_checksum.offset || i >= field_checksum.offset + (size_t)field_checksum.size)
            sum += header.bytes[i];
    }
    return sum == stated;
}

/* Appends a text field, which ends with a zero byte only when it does not fill its place. */
static size_t append_field(char *path, size_t length, struct span header, struct field field)
{
    const char *text = (const char *)header.bytes + field.offset;
    size_t size = strnlen(text, field.size);
    memcpy(path + length, text, size);
    return length + size;
}

static void read_path(struct span header, char path[USTAR_PATH_MAX])
{
    size_t length = append_field(path, 0, header, field_prefix);
    if (length != 0)
        path[length++] = '/';
    length = append_field(path, length, header, field_name);
    while (length != 0 && path[length - 1] == '/')
        length--;
    path[length] = 0;

    const char *start = path;
    while (start[0] == '/' || (start[0] == '.' && start[1] == '/'))
        start += start[0] == '/' ? 1 : 2;
    if (start[0] == '.' && start[1] == 0)
        start++;
    memmove(path, start, (size_t)(path + length - start) + 1);
}

static enum ustar_kind kind_of(uint8_t type)
{
    switch (type) {
    case 0:
    case '0':
    case '7': /* a file that wants to lie in one piece */
        return USTAR_FILE;
    case '5':
        return USTAR_DIRECTORY;
    default:
        return USTAR_OTHER;
    }
}

/* Links, devices, directories and pipes have no contents, whatever their size field says. */
static bool has_contents(uint8_t type)
{
    return type < '1' || type > '6';
}

/* What a block of zeros at `offset` means. */
static enum ustar_result end_at(struct span archive, uint64_t offset)
{
    struct span second;
    if (!span_slice(archive, offset + USTAR_BLOCK, USTAR_BLOCK, &second))
        return USTAR_END_MISSING;
    return block_is_zero(second) ? USTAR_END : USTAR_MAGIC;
}

static enum ustar_result read_entry(struct span archive, uint64_t *offset, struct span header,
                                    struct ustar_entry *entry)
{
    uint64_t size;
    uint64_t next = *offset + USTAR_BLOCK;
    uint8_t type = span_u8(header, TYPE_OFFSET);
    if (!read_octal(header, field_size, &size))
        return USTAR_FIELD;
    if (!has_contents(type))
        size = 0;
    if (!span_slice(archive, next, size, &entry->contents))
        return USTAR_CUT;
    read_path(header, entry->path);
    entry->kind = kind_of(type);
    /* Cannot overflow: the contents are inside the archive. */
    *offset = ALIGN_UP(next + size, (uint64_t)USTAR_BLOCK);
    return USTAR_ENTRY;
}

enum ustar_result ustar_next(struct span archive, uint64_t *offset, struct ustar_entry *entry)
{
    ASSERT(*offset % USTAR_BLOCK == 0);
    struct span header;
    if (*offset == archive.size)
        return USTAR_END_MISSING;
    if (!span_slice(archive, *offset, USTAR_BLOCK, &header))
        return USTAR_CUT;
    if (block_is_zero(header))
        return end_at(archive, *offset);
    if (memcmp(header.bytes + field_magic.offset, "ustar", field_magic.size) != 0)
        return USTAR_MAGIC;
    if (!checksum_is_right(header))
        return USTAR_CHECKSUM;
    return read_entry(archive, offset, header, entry);
}

const char *ustar_result_text(enum ustar_result result)
{
    switch (result) {
    case USTAR_ENTRY:
        return "an entry";
    case USTAR_END:
        return "the end of the archive";
    case USTAR_END_MISSING:
        return "the archive has no two blocks of zeros at its end";
    case USTAR_CUT:
        return "the archive is cut: a header or contents go beyond its end";
    case USTAR_MAGIC:
        return "the header is not a ustar header (make the archive with `tar --format=ustar`)";
    case USTAR_CHECKSUM:
        return "the header's checksum is wrong";
    case USTAR_FIELD:
        return "the header's size field is not an octal number";
    }
    return "unknown";
}
