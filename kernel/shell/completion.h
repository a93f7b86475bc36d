/*
 * Completion of the word under the cursor: finds out what is being typed and how far the names that
 * fit agree. Pure; the names come from a source that the caller gives.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define COMPLETION_WORD_MAX 256 /* bytes of a word and of a name, with the zero byte */

typedef void (*completion_visit)(void *context, const char *name, bool is_directory);

/*
 * Calls `visit` for every command when `is_command`, otherwise for everything in `directory` (as it
 * was typed, up to and including the last slash; "" when there is none).
 */
typedef void (*completion_source)(bool is_command, const char *directory, completion_visit visit,
                                  void *context);

struct completion {
    bool is_command; /* the word is the first of a command */
    char quote;      /* the quote that is open at the cursor, or 0 */
    char directory[COMPLETION_WORD_MAX];
    char prefix[COMPLETION_WORD_MAX]; /* what has been typed of the name */

    size_t match_count;
    char common[COMPLETION_WORD_MAX]; /* what all names that fit begin with */
    bool is_directory;                /* the only name that fits is a directory */
};

/* Looks at the first `length` bytes of a line, those before the cursor. */
void completion_find(struct completion *completion, const char *text, size_t length,
                     completion_source source);

/* True when `name` fits what has been typed. */
bool completion_fits(const struct completion *completion, const char *name);
