/*
 * A diagnosis: everything a person needs to know about a request that failed. Whoever finds the
 * fault fills it once; it is shown at the edge (a shell, a tool), never below.
 *
 *   kload: /usr/lib/ext/x.a(x64.o): symbols are not exported by /unix: 2 of 14 imports
 *          `- file `-- member       `-- the status's sentence           `-- detail
 *     fmt_pad: needed by fortune_print+0x1c (.text+0x5c); nearest: fmt_put     <- notes
 *     try: load the extension that exports them first                          <- advice
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mortise/status.h>

#include "lib/compiler.h"

#define DIAGNOSIS_FILE_MAX   256
#define DIAGNOSIS_MEMBER_MAX 64
#define DIAGNOSIS_DETAIL_MAX 256

/* A further line. One about a symbol that is not exported says so in numbers too, for dialects. */
struct diagnosis_note {
    struct diagnosis_note *next;
    uint32_t symbol;      /* its index in the importing object; 0 when the line is not about one */
    uint32_t name_length; /* the text begins with its name */
    const char *provider; /* the file that does not export it, inside the note */
    char text[];
};

struct diagnosis {
    enum status status;
    int error;                         /* errno for callers that only understand that */
    char file[DIAGNOSIS_FILE_MAX];     /* or "kmid N"; "" when nothing is concerned */
    char member[DIAGNOSIS_MEMBER_MAX]; /* "" when it is not in an archive */
    bool is_dependent; /* they were not asked for, but what was asked for needs them */
    char
        detail[DIAGNOSIS_DETAIL_MAX]; /* where and which numbers; "" when there is nothing to add */
    struct diagnosis_note *notes;     /* further lines, oldest first; see loader/live/notes.h */
    struct diagnosis_note *last_note;
    size_t notes_lost; /* notes there was no memory for */
};

/* Makes `diagnosis` one of success. No memory is owned until a note is added. */
void diagnosis_init(struct diagnosis *diagnosis);

/* The file and archive member (or NULL) that the following steps work on. */
void diagnosis_set_file(struct diagnosis *diagnosis, const char *file);
void diagnosis_set_member(struct diagnosis *diagnosis, const char *member);

/*
 * Records a failure with its detail, a printf format ("" for none), and returns `status`, so that the
 * finder can say `return diagnose(...)`. A later call replaces an earlier one.
 */
enum status diagnose(struct diagnosis *diagnosis, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/*
 * One line into `buffer`: "file(member): sentence: detail [E213]". Returns the length it has when
 * nothing is cut.
 */
size_t diagnosis_format(const struct diagnosis *diagnosis, char *buffer, size_t size_bytes);
