/*
 * Fuzz target: ar archives. A walk ends; every member lies in the file, behind the one before it, and
 * has a name that ends; a refusal says why. What chooses a member looks at nothing but its bytes. In the
 * index of the archive every member is found under its name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/image/archive_index.h"
#include "loader/image/image.h"
#include "tests/fuzz/fuzz.h"

#define HEADER_SIZE 60

static enum status walk(struct span file, struct diagnosis *diagnosis)
{
    struct archive archive;
    struct archive_member member;
    uint64_t last = 0;
    bool is_end = false;
    enum status status = archive_open(file, &archive, diagnosis);
    while (status == STATUS_OK) {
        status = archive_next(&archive, &member, &is_end, diagnosis);
        if (status != STATUS_OK || is_end)
            break;
        ASSERT(member.offset > last && member.offset < file.size);
        ASSERT(archive.next > member.offset);
        ASSERT(memchr(member.name, 0, sizeof(member.name)) != NULL);
        fuzz_check_inside(member.contents, file);
        const struct machine *machine = image_peek_machine(member.contents);
        const struct machine *loadable = image_peek_loadable(member.contents);
        ASSERT(loadable == machine || loadable == NULL);
        last = member.offset;
    }
    return status;
}

static bool is_object(struct span contents)
{
    return image_peek_machine(contents) != NULL;
}

static void check_member(const struct archive_index *index, const struct archive_member *member)
{
    struct archive_member found;
    size_t place = archive_index_find(index, member->name);
    if (member->is_name_cut)
        return;
    ASSERT(place < index->count);
    archive_entry_member(index->entries[place], &found);
    ASSERT(strcmp(found.name, member->name) == 0);
    ASSERT(found.offset <= member->offset || is_object(found.contents));
    ASSERT(is_object(found.contents) || !is_object(member->contents));
}

static void check_index(struct span file, struct diagnosis *diagnosis)
{
    struct archive archive;
    struct archive_member member;
    struct archive_index index;
    size_t size;
    bool is_end;
    ASSERT(archive_index_size(file, &size, diagnosis) == STATUS_OK && size < file.size);
    void *memory = malloc(size != 0 ? size : 1);
    archive_index_make(file, memory, size, is_object, &index, diagnosis);
    enum status status = archive_open(file, &archive, diagnosis);
    while (status == STATUS_OK) {
        status = archive_next(&archive, &member, &is_end, diagnosis);
        ASSERT(status == STATUS_OK);
        if (is_end)
            break;
        check_member(&index, &member);
    }
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnosis diagnosis;
    uint8_t *copy = malloc(size);
    memcpy(copy, data, size);
    diagnosis_init(&diagnosis);
    struct span file = span_make(copy, size);
    ASSERT(!(archive_is_archive(file) && archive_is_thin(file)));
    enum status status = walk(file, &diagnosis);
    fuzz_check_answer(status, &diagnosis);
    if (status == STATUS_OK)
        check_index(file, &diagnosis);
    free(copy);
    return 0;
}

static const char *const names[] = {
    "a.o/",
    "a.o",
    "a b.o/",
    "/",
    "//",
    "/SYM64/",
    "/0",
    "/4",
    "/99",
    "#1/4",
    "#1/20",
    "#1/0",
    "#1/9999",
    "__.SYMDEF",
    "__.SYMDEF SORTED",
    "/x",
    "0123456789abcdef",
    "",
    "#1/",
};

#define CONTENTS(text)                                                                             \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
static const struct {
    const char *bytes;
    size_t size;
} contents[] = {
    CONTENTS("x"),
    CONTENTS("name.o/\nlong name.o/\n"),
    CONTENTS("no end"),
    CONTENTS("!<arch>\n"),
    CONTENTS("a.o\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0object"),
    CONTENTS("__.SYMDEF\0\0\0\0\0\0\0\0\0\0\0"),
    CONTENTS("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0\76\0\1\0\0\0"),
    CONTENTS("\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\1\0\3\0\1\0\0\0"),
};

static size_t add_member(uint8_t *data, size_t size, size_t max_size, struct fuzz_random *random)
{
    char header[HEADER_SIZE + 1];
    size_t count = fuzz_below(random, 44);
    if (size < 8)
        memcpy(data, "!<arch>\n", size = 8);
    if (size % 2 != 0)
        data[size++] = '\n';
    if (size + HEADER_SIZE + count > max_size)
        return size;
    snprintf(header, sizeof(header), "%-16s%-12d%-6d%-6d%-8o%-10zu`\n",
             names[fuzz_below(random, ARRAY_COUNT(names))], 0, 0, 0, 0644, count);
    memcpy(data + size, header, HEADER_SIZE);
    size_t kind = fuzz_below(random, ARRAY_COUNT(contents));
    memset(data + size + HEADER_SIZE, 0, count);
    memcpy(data + size + HEADER_SIZE, contents[kind].bytes,
           contents[kind].size < count ? contents[kind].size : count);
    return size + HEADER_SIZE + count;
}

/* Another name or size in one of the headers. */
static void change_header(uint8_t *data, size_t size, struct fuzz_random *random)
{
    char field[24];
    for (size_t i = 8; i + HEADER_SIZE <= size; i++) {
        if (memcmp(data + i + 58, "`\n", 2) != 0 || fuzz_below(random, 3) != 0)
            continue;
        if (fuzz_below(random, 2) == 0) {
            snprintf(field, sizeof(field), "%-16s", names[fuzz_below(random, ARRAY_COUNT(names))]);
            memcpy(data + i, field, 16);
        } else {
            snprintf(field, sizeof(field), "%-10u",
                     (unsigned)fuzz_number(random, size - i, size) % 1000000000);
            memcpy(data + i + 48, field, 10);
        }
        return;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct fuzz_random random = fuzz_random_start(seed);
    switch (fuzz_below(&random, 4)) {
    case 0:
        return LLVMFuzzerMutate(data, size, max_size);
    case 1:
        change_header(data, size, &random);
        return size;
    default:
        return max_size < 80 ? size : add_member(data, size, max_size, &random);
    }
}
