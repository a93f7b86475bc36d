/*
 * Reads ustar archives (POSIX.1-1988 tar). Pure: no allocation, no printing; runs on the host too.
 */
#pragma once

#include <stdint.h>

#include "lib/compiler.h"
#include "lib/span.h"

#define USTAR_BLOCK    512
#define USTAR_PATH_MAX 257 /* prefix + "/" + name + zero byte */

enum ustar_kind { USTAR_FILE, USTAR_DIRECTORY, USTAR_OTHER };

enum ustar_result {
    USTAR_ENTRY,       /* *entry is filled, *offset moved to the next header */
    USTAR_END,         /* two zero blocks */
    USTAR_END_MISSING, /* the archive stops at a block border without zero blocks */
    USTAR_CUT,         /* a header or contents go beyond the archive */
    USTAR_MAGIC,       /* not "ustar" */
    USTAR_CHECKSUM,    /* the header does not have the checksum that it states */
    USTAR_FIELD,       /* the size is not an octal number */
};

struct ustar_entry {
    char path[USTAR_PATH_MAX]; /* without leading "./" and "/", without trailing "/" */
    enum ustar_kind kind;
    struct span contents; /* inside the archive */
};

/* Reads the entry whose header is at *offset (a multiple of USTAR_BLOCK). */
MUST_CHECK enum ustar_result ustar_next(struct span archive, uint64_t *offset,
                                        struct ustar_entry *entry);

/* "the header's checksum is wrong": for a report. */
const char *ustar_result_text(enum ustar_result result);
