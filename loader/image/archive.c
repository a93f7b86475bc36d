/*
 * Walking ar archives. A member is a 60-byte header of text fields followed by its contents, padded to
 * an even offset:
 *
 *   0        16      28   34   40      48        58 60
 *   | name   | date  | uid| gid| mode  | size     |`\n| contents ...
 *
 * Sources: System V gABI, "Archive file"; ar(5) of the BSDs; what GNU ar and llvm-ar write.
 */
#include "loader/image/archive.h"

#include "lib/string.h"
#include "lib/text.h"

#define ARCHIVE_MAGIC_SIZE 8
#define HEADER_SIZE        60
#define NAME_SIZE          16
#define SIZE_OFFSET        48
#define SIZE_SIZE          10
#define END_OFFSET         58

#define HEX(value) ((unsigned long long)(value))

static const char ARCHIVE_MAGIC[] = "!<arch>\n";
static const char THIN_MAGIC[] = "!<thin>\n";

static bool has_magic(struct span file, const char *magic)
{
    return file.size >= ARCHIVE_MAGIC_SIZE && memcmp(file.bytes, magic, ARCHIVE_MAGIC_SIZE) == 0;
}

bool archive_is_archive(struct span file)
{
    return has_magic(file, ARCHIVE_MAGIC);
}

bool archive_is_thin(struct span file)
{
    return has_magic(file, THIN_MAGIC);
}

enum status archive_open(struct span file, struct archive *archive, struct diagnosis *diagnosis)
{
    if (archive_is_thin(file))
        return diagnose(diagnosis, STATUS_ARCHIVE_THIN, "%s", "");
    if (!archive_is_archive(file))
        return diagnose(diagnosis, STATUS_FILE_FORMAT, "%s", "");
    *archive = (struct archive){.file = file, .next = ARCHIVE_MAGIC_SIZE};
    return STATUS_OK;
}

/* True when the name field is `text` and blanks. */
static bool field_is(struct span header, const char *text)
{
    size_t length = strlen(text);
    if (memcmp(header.bytes, text, length) != 0)
        return false;
    for (size_t i = length; i < NAME_SIZE; i++) {
        if (header.bytes[i] != ' ')
            return false;
    }
    return true;
}

/* A field of a header as a message can show it. */
struct field_text {
    char text[NAME_SIZE + 1];
};

static struct field_text field_text(struct span header, size_t offset, size_t size)
{
    struct field_text field = {0};
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = header.bytes[offset + i];
        field.text[i] = byte >= ' ' && byte <= '~' ? (char)byte : '?';
    }
    return field;
}

/* Finds header and contents of the member at archive->next, and moves on behind it. */
static enum status read_header(struct archive *archive, struct span *header,
                               struct archive_member *member, struct diagnosis *diagnosis)
{
    uint64_t offset = archive->next;
    uint64_t size;
    if (!span_slice(archive->file, offset, HEADER_SIZE, header))
        return diagnose(diagnosis, STATUS_ARCHIVE_HEADER_CUT,
                        "header at 0x%llx, file ends at 0x%zx", HEX(offset), archive->file.size);
    if (memcmp(header->bytes + END_OFFSET, "`\n", 2) != 0)
        return diagnose(diagnosis, STATUS_ARCHIVE_HEADER, "header at 0x%llx: 0x%02x 0x%02x",
                        HEX(offset), header->bytes[END_OFFSET], header->bytes[END_OFFSET + 1]);
    if (!text_field_decimal(header->bytes + SIZE_OFFSET, SIZE_SIZE, &size))
        return diagnose(diagnosis, STATUS_ARCHIVE_SIZE, "header at 0x%llx: \"%s\"", HEX(offset),
                        field_text(*header, SIZE_OFFSET, SIZE_SIZE).text);
    if (!span_slice(archive->file, offset + HEADER_SIZE, size, &member->contents))
        return diagnose(diagnosis, STATUS_ARCHIVE_CUT,
                        "member at 0x%llx needs 0x%llx bytes, file ends at 0x%zx", HEX(offset),
                        HEX(size), archive->file.size);
    member->offset = offset;
    archive->next = offset + HEADER_SIZE + size + (size & 1);
    return STATUS_OK;
}

static void copy_name(struct archive_member *member, const uint8_t *bytes, size_t length)
{
    length = strnlen((const char *)bytes, length);
    member->name_bytes = span_make(bytes, length);
    member->is_name_cut = length >= sizeof(member->name);
    if (member->is_name_cut)
        length = sizeof(member->name) - 1;
    memcpy(member->name, bytes, length);
    member->name[length] = '\0';
}

/* The number in the name field behind its first `skip` characters. */
static bool name_number(struct span header, size_t skip, uint64_t *number)
{
    return text_field_decimal(header.bytes + skip, NAME_SIZE - skip, number);
}

static enum status name_failed(enum status status, const struct archive_member *member,
                               struct span header, size_t size, struct diagnosis *diagnosis)
{
    return diagnose(diagnosis, status, "header at 0x%llx: \"%s\" of 0x%zx bytes",
                    HEX(member->offset), field_text(header, 0, NAME_SIZE).text, size);
}

/*
 * "/123" is an offset into the table of names, each of which ends with "/\n"; the table's own end was
 * checked. Not looked for further than a name is kept: many members may point into one long line.
 */
static enum status read_gnu_name(const struct archive *archive, struct span header,
                                 struct archive_member *member, struct diagnosis *diagnosis)
{
    struct span names = archive->long_names;
    uint64_t start;
    if (!name_number(header, 1, &start))
        return name_failed(STATUS_ARCHIVE_NAME_NUMBER, member, header, names.size, diagnosis);
    if (names.size == 0)
        return name_failed(STATUS_ARCHIVE_NAME_TABLE, member, header, names.size, diagnosis);
    if (start >= names.size)
        return name_failed(STATUS_ARCHIVE_NAME, member, header, names.size, diagnosis);
    const uint8_t *name = names.bytes + start;
    size_t limit = names.size - start;
    if (limit > ARCHIVE_NAME_MAX + 1)
        limit = ARCHIVE_NAME_MAX + 1;
    const uint8_t *end = memchr(name, '\n', limit);
    size_t length = end != NULL ? (size_t)(end - name) : limit;
    if (end > name && end[-1] == '/')
        length--;
    copy_name(member, name, length);
    return STATUS_OK;
}

/* "#1/20" says that the contents begin with a name of 20 bytes, padded with zero bytes. */
static enum status read_bsd_name(struct span header, struct archive_member *member,
                                 struct diagnosis *diagnosis)
{
    struct span contents = member->contents;
    uint64_t length;
    struct span name;
    if (!name_number(header, 3, &length))
        return name_failed(STATUS_ARCHIVE_BSD_NUMBER, member, header, contents.size, diagnosis);
    if (!span_slice(contents, 0, length, &name))
        return name_failed(STATUS_ARCHIVE_BSD_LENGTH, member, header, contents.size, diagnosis);
    copy_name(member, name.bytes, name.size);
    member->contents = span_make(contents.bytes + length, contents.size - (size_t)length);
    return STATUS_OK;
}

/* A short name stands in the header: GNU ends it with /, BSD pads it with blanks. */
static void read_short_name(struct span header, struct archive_member *member)
{
    size_t length = NAME_SIZE;
    while (length > 0 && header.bytes[length - 1] == ' ')
        length--;
    if (length > 0 && header.bytes[length - 1] == '/')
        length--;
    copy_name(member, header.bytes, length);
}

/* "#1/" and blanks alone is the name of a member "#1", as GNU writes it. */
static bool has_bsd_name(struct span header)
{
    return memcmp(header.bytes, "#1/", 3) == 0 && !field_is(header, "#1/");
}

static enum status read_name(const struct archive *archive, struct span header,
                             struct archive_member *member, struct diagnosis *diagnosis)
{
    bool is_number = header.bytes[1] >= '0' && header.bytes[1] <= '9';
    enum status status = STATUS_OK;
    if (header.bytes[0] == '/' && is_number)
        status = read_gnu_name(archive, header, member, diagnosis);
    else if (has_bsd_name(header))
        status = read_bsd_name(header, member, diagnosis);
    else
        read_short_name(header, member);
    /* A member without a name could not be told from a file that is no archive. */
    if (status == STATUS_OK && member->name[0] == '\0')
        return diagnose(diagnosis, STATUS_ARCHIVE_NAME_EMPTY, "header at 0x%llx",
                        HEX(member->offset));
    return status;
}

/* Then every offset inside the table begins a name that ends. */
static enum status adopt_long_names(struct archive *archive, const struct archive_member *member,
                                    struct diagnosis *diagnosis)
{
    struct span names = member->contents;
    if (names.size != 0 && names.bytes[names.size - 1] != '\n')
        return diagnose(diagnosis, STATUS_ARCHIVE_NAME_END, "header at 0x%llx: 0x%zx bytes",
                        HEX(member->offset), names.size);
    archive->long_names = names;
    return STATUS_OK;
}

/* The table of symbols, as BSD and darwin name it. */
static bool is_bsd_table(const struct archive_member *member)
{
    static const char *const names[] = {"__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64",
                                        "__.SYMDEF_64 SORTED"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (strcmp(member->name, names[i]) == 0)
            return true;
    }
    return false;
}

/* Reads the header at archive->next; *is_table when it is no member but a table of the archive. */
static enum status step(struct archive *archive, struct archive_member *member, bool *is_table,
                        struct diagnosis *diagnosis)
{
    struct span header = span_make(NULL, 0);
    enum status status = read_header(archive, &header, member, diagnosis);
    *is_table = true;
    if (status != STATUS_OK || field_is(header, "/") || field_is(header, "/SYM64/"))
        return status;
    if (field_is(header, "//"))
        return adopt_long_names(archive, member, diagnosis);
    status = read_name(archive, header, member, diagnosis);
    *is_table = status == STATUS_OK && is_bsd_table(member);
    return status;
}

enum status archive_next(struct archive *archive, struct archive_member *member, bool *is_end,
                         struct diagnosis *diagnosis)
{
    enum status status = STATUS_OK;
    bool is_table = true;
    while (status == STATUS_OK && is_table) {
        /* The last member's padding byte may be missing. */
        *is_end = archive->next >= archive->file.size;
        if (*is_end)
            break;
        status = step(archive, member, &is_table, diagnosis);
    }
    return status;
}

bool archive_member_is(const struct archive_member *member, const char *name)
{
    return !member->is_name_cut && strcmp(member->name, name) == 0;
}
