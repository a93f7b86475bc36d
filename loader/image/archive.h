/*
 * Reads ar archives: the common format, with GNU long names (// table) and BSD long names (#1/N).
 * Symbol tables (/, /SYM64/, __.SYMDEF) are skipped. Pure: borrows the span, allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/span.h"
#include "loader/diagnosis.h"

#define ARCHIVE_NAME_MAX 256

/* A walk over the members of an archive. */
struct archive {
    struct span file;
    struct span long_names; /* contents of the GNU // member; empty before one was met */
    uint64_t next;          /* offset of the next header */
};

struct archive_member {
    char name[ARCHIVE_NAME_MAX]; /* cut when longer */
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
 * the status is OK. Fails with ARCHIVE_HEADER, ARCHIVE_CUT or ARCHIVE_NAME.
 */
MUST_CHECK enum status archive_next(struct archive *archive, struct archive_member *member,
                                    bool *is_end, struct diagnosis *diagnosis);
