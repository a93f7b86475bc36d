/*
 * Reads ar archives in the three ways in which they are written, told apart member by member:
 *
 *   GNU     "name/" in the header, or "/123": at offset 123 of the table that the member // holds
 *   BSD     "name" in the header, or "#1/20": the contents begin with 20 bytes of name; "#1/" and
 *           blanks is the GNU name "#1"
 *   darwin  as BSD, always "#1/...", contents padded inside their size
 *
 * Tables of the archive itself are no members: / and /SYM64/, //, and __.SYMDEF with its kin. What a
 * member holds is not looked at here: objects, text, another archive, all are members.
 *
 * Every field is checked once, each check with a status of its own. A walk costs the same for each
 * member, whatever the tables hold. Pure: borrows the span, allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/span.h"
#include "loader/diagnosis.h"

#define ARCHIVE_NAME_MAX                                                                           \
    256 /* no file system has longer names; `ar P` writes paths, which may be */

/* A walk over the members of an archive. */
struct archive {
    struct span file;
    struct span long_names; /* contents of the GNU // member; empty before one was met */
    uint64_t next;          /* offset of the next header */
};

struct archive_member {
    char name[ARCHIVE_NAME_MAX]; /* not empty; cut when longer */
    bool is_name_cut;
    struct span name_bytes; /* where the name stands in the file, or what begins a longer one */
    struct span contents;
    uint64_t offset; /* of its header in the file */
};

bool archive_is_archive(struct span file); /* "!<arch>\n" */
bool archive_is_thin(struct span file);    /* "!<thin>\n" */

/* Starts a walk. Fails with ARCHIVE_THIN, or FILE_FORMAT when it is no archive. */
MUST_CHECK enum status archive_open(struct span file, struct archive *archive,
                                    struct diagnosis *diagnosis);

/*
 * Steps to the next member that is not a table of the archive itself. At the end *is_end is true and
 * the status is OK. Fails with one of ARCHIVE_*, the diagnosis saying where.
 */
MUST_CHECK enum status archive_next(struct archive *archive, struct archive_member *member,
                                    bool *is_end, struct diagnosis *diagnosis);

/* True when `name` is the whole name of the member. */
bool archive_member_is(const struct archive_member *member, const char *name);
