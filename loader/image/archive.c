/*
 * Walking ar archives. A member is a 60-byte header of text fields followed by its contents, padded to
 * an even offset:
 *
 *   0        16      28   34   40      48        58 60
 *   | name   | date  | uid| gid| mode  | size     |`\n| contents ...
 *
 * Sources: System V gABI, "Archive file"; the GNU and BSD ways to write names longer than 16 bytes.
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

/* Finds header and contents of the member at archive->next, and moves on behind it. */
static enum status read_header(struct archive *archive, struct span *header,
                               struct archive_member *member, struct diagnosis *diagnosis)
{
    uint64_t offset = archive->next;
    uint64_t size;
    if (!span_slice(archive->file, offset, HEADER_SIZE, header))
        return diagnose(diagnosis, STATUS_ARCHIVE_CUT, "header at 0x%llx, file ends at 0x%zx",
                        (unsigned long long)offset, archive->file.size);
    if (memcmp(header->bytes + END_OFFSET, "`\n", 2) != 0)
        return diagnose(diagnosis, STATUS_ARCHIVE_HEADER, "at 0x%llx: it does not end with `\\n",
                        (unsigned long long)offset);
    if (!text_field_decimal(header->bytes + SIZE_OFFSET, SIZE_SIZE, &size))
        return diagnose(diagnosis, STATUS_ARCHIVE_HEADER, "at 0x%llx: its size is not a number",
                        (unsigned long long)offset);
    if (!span_slice(archive->file, offset + HEADER_SIZE, size, &member->contents))
        return diagnose(diagnosis, STATUS_ARCHIVE_CUT,
                        "member at 0x%llx needs 0x%llx bytes, file ends at 0x%zx",
                        (unsigned long long)offset, (unsigned long long)size, archive->file.size);
    member->offset = offset;
    archive->next = offset + HEADER_SIZE + size + (size & 1);
    return STATUS_OK;
}

static void copy_name(struct archive_member *member, const uint8_t *bytes, size_t length)
{
    if (length >= sizeof(member->name))
        length = sizeof(member->name) - 1;
    memcpy(member->name, bytes, length);
    member->name[length] = '\0';
}

static enum status name_failed(const struct archive_member *member, struct diagnosis *diagnosis)
{
    return diagnose(diagnosis, STATUS_ARCHIVE_NAME, "header at 0x%llx",
                    (unsigned long long)member->offset);
}

/* Length of the number in the name field after its first `skip` characters, blanks excluded. */
static bool name_number(struct span header, size_t skip, uint64_t *number)
{
    return text_field_decimal(header.bytes + skip, NAME_SIZE - skip, number);
}

/* GNU: "/123" is an offset into the // member, where names end with "/\n". */
static enum status read_gnu_name(const struct archive *archive, struct span header,
                                 struct archive_member *member, struct diagnosis *diagnosis)
{
    uint64_t start;
    if (!name_number(header, 1, &start) || start >= archive->long_names.size)
        return name_failed(member, diagnosis);
    const uint8_t *name = archive->long_names.bytes + start;
    const uint8_t *end = memchr(name, '\n', archive->long_names.size - start);
    if (end == NULL)
        return name_failed(member, diagnosis);
    if (end > name && end[-1] == '/')
        end--;
    copy_name(member, name, (size_t)(end - name));
    return STATUS_OK;
}

/* BSD: "#1/20" says that the contents begin with a name of 20 bytes, padded with zero bytes. */
static enum status read_bsd_name(struct span header, struct archive_member *member,
                                 struct diagnosis *diagnosis)
{
    uint64_t length;
    struct span name;
    if (!name_number(header, 3, &length) || !span_slice(member->contents, 0, length, &name))
        return name_failed(member, diagnosis);
    copy_name(member, name.bytes, strnlen((const char *)name.bytes, name.size));
    member->contents = span_make(member->contents.bytes + length, member->contents.size - length);
    return STATUS_OK;
}

/* A short name stands in the header: GNU ends it with /, BSD pads it with blanks. */
static void read_short_name(struct span header, struct archive_member *member)
{
    size_t length = NAME_SIZE;
    while (length > 0 && header.bytes[length - 1] == ' ')
        length--;
    if (length > 1 && header.bytes[length - 1] == '/')
        length--;
    copy_name(member, header.bytes, length);
}

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

static enum status read_name(const struct archive *archive, struct span header,
                             struct archive_member *member, struct diagnosis *diagnosis)
{
    bool is_number = header.bytes[1] >= '0' && header.bytes[1] <= '9';
    if (header.bytes[0] == '/' && is_number)
        return read_gnu_name(archive, header, member, diagnosis);
    if (memcmp(header.bytes, "#1/", 3) == 0)
        return read_bsd_name(header, member, diagnosis);
    read_short_name(header, member);
    return STATUS_OK;
}

enum status archive_next(struct archive *archive, struct archive_member *member, bool *is_end,
                         struct diagnosis *diagnosis)
{
    for (;;) {
        struct span header = span_make(NULL, 0);
        /* The last member's padding byte may be missing. */
        *is_end = archive->next >= archive->file.size;
        if (*is_end)
            return STATUS_OK;
        enum status status = read_header(archive, &header, member, diagnosis);
        if (status != STATUS_OK)
            return status;
        if (field_is(header, "//")) {
            archive->long_names = member->contents;
            continue;
        }
        if (field_is(header, "/") || field_is(header, "/SYM64/"))
            continue;
        status = read_name(archive, header, member, diagnosis);
        if (status != STATUS_OK || !text_starts_with(member->name, "__.SYMDEF"))
            return status;
    }
}
