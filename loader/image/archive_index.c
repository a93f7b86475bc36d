/* Members by name; see the header. */
#include "loader/image/archive_index.h"

#include "lib/assert.h"
#include "lib/sort.h"
#include "lib/string.h"

/* Room for each member: its entry, and one pointer to it in front of all entries. */
#define ROOM (sizeof(struct archive_entry) + sizeof(struct archive_entry *))

static bool next_member(struct archive *archive, struct archive_member *member, enum status *status,
                        struct diagnosis *diagnosis)
{
    bool is_end = false;
    *status = archive_next(archive, member, &is_end, diagnosis);
    return *status == STATUS_OK && !is_end;
}

enum status archive_index_size(struct span file, size_t *size_bytes, struct diagnosis *diagnosis)
{
    struct archive archive;
    struct archive_member member;
    *size_bytes = 0;
    enum status status = archive_open(file, &archive, diagnosis);
    if (status != STATUS_OK)
        return status;
    while (next_member(&archive, &member, &status, diagnosis))
        *size_bytes += ROOM;
    return status;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (int)(a > b) - (int)(a < b);
}

static int compare_names(struct span a, struct span b)
{
    int order = compare_numbers(a.size, b.size);
    return order != 0 ? order : memcmp(a.bytes, b.bytes, a.size);
}

/* No two are equal. */
static int compare_entries(const void *left, const void *right)
{
    const struct archive_entry *a = left;
    const struct archive_entry *b = right;
    int order = compare_names(a->name, b->name);
    if (order == 0)
        order = (int)b->is_preferred - (int)a->is_preferred;
    return order != 0 ? order : compare_numbers(a->offset, b->offset);
}

static void add(struct archive_index *index, struct archive_entry *entry,
                const struct archive_member *member, bool is_preferred)
{
    *entry = (struct archive_entry){
        .name = member->name_bytes,
        .contents = member->contents,
        .offset = member->offset,
        .is_preferred = is_preferred,
    };
    index->entries[index->count++] = entry;
}

void archive_index_make(struct span file, void *memory, size_t size_bytes,
                        bool (*prefers)(struct span contents), struct archive_index *index,
                        struct diagnosis *unused)
{
    struct archive archive;
    struct archive_member member;
    const size_t limit = size_bytes / ROOM;
    *index = (struct archive_index){.entries = memory};
    struct archive_entry *entries = (struct archive_entry *)(index->entries + limit);
    enum status status = archive_open(file, &archive, unused);
    ASSERT(status == STATUS_OK);
    while (next_member(&archive, &member, &status, unused)) {
        ASSERT(index->count != limit);
        if (!member.is_name_cut)
            add(index, &entries[index->count], &member, prefers(member.contents));
    }
    sort_pointers((const void **)index->entries, index->count, compare_entries);
}

size_t archive_index_find(const struct archive_index *index, const char *name)
{
    const struct span wanted = span_make(name, strlen(name));
    size_t first = 0;
    size_t end = index->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare_names(index->entries[middle]->name, wanted) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    bool is_found = first < index->count && compare_names(index->entries[first]->name, wanted) == 0;
    return is_found ? first : ARCHIVE_INDEX_NONE;
}

void archive_entry_member(const struct archive_entry *entry, struct archive_member *member)
{
    *member = (struct archive_member){
        .name_bytes = entry->name,
        .contents = entry->contents,
        .offset = entry->offset,
    };
    memcpy(member->name, entry->name.bytes, entry->name.size);
}
