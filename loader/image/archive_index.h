/*
 * The members of an archive by name: for whoever wants many of them, where a walk for each would cost the
 * square of their number. n log n whatever the names are; finding one costs log n.
 *
 * Pure: the index and what it leads to lie in the caller's memory and in the archive's own bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/compiler.h"
#include "lib/span.h"
#include "loader/diagnosis.h"
#include "loader/image/archive.h"

struct archive_entry {
    struct span name; /* of its bytes in the archive, without a zero */
    struct span contents;
    uint64_t offset;
    bool is_preferred;
};

struct archive_index {
    const struct archive_entry **entries; /* by name, then the preferred ones, then by offset */
    size_t count;
};

#define ARCHIVE_INDEX_NONE SIZE_MAX

/*
 * How many bytes of memory an index of `file` takes: less than the file has. Walks the whole archive,
 * and fails as archive_open and archive_next do.
 */
MUST_CHECK enum status archive_index_size(struct span file, size_t *size_bytes,
                                          struct diagnosis *diagnosis);

/*
 * Makes the index of an archive that archive_index_size has walked, in so many bytes of memory aligned to
 * 16. Of members with one name, those whose contents `prefers` is true for come first. Names that are cut
 * are left out. The walk cannot fail again; `unused` is what it would fill, which is much on a stack.
 */
void archive_index_make(struct span file, void *memory, size_t size_bytes,
                        bool (*prefers)(struct span contents), struct archive_index *index,
                        struct diagnosis *unused);

/* The first entry with this name, by its place in index->entries; or ARCHIVE_INDEX_NONE. */
size_t archive_index_find(const struct archive_index *index, const char *name);

/* The member that an entry is of. */
void archive_entry_member(const struct archive_entry *entry, struct archive_member *member);
