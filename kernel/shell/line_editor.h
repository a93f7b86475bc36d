/*
 * The line editor: lets a person write one line, with history and completion. Pure logic over the
 * functions of a line_terminal; no allocation, so that typing changes no totals.
 *
 * Keys: see docs/shell.md. What is written is plain text and \b: any terminal understands it, and a
 * character typed at the end of the line is answered by exactly that character.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "kernel/shell/completion.h"

#define LINE_BYTES_MAX     256 /* with the zero byte */
#define LINE_HISTORY_COUNT 32

/* What the editor talks to. */
struct line_terminal {
    char (*read)(void);
    void (*write)(const char *text, size_t length);
    completion_source candidates;
};

/* Set `terminal`, the rest to zero. */
struct line_editor {
    const struct line_terminal *terminal;
    const char *prompt;

    char text[LINE_BYTES_MAX];
    size_t length;
    size_t cursor; /* 0 to length */

    /* Line number n is in slot n % LINE_HISTORY_COUNT; lines are counted on and on. */
    char history[LINE_HISTORY_COUNT][LINE_BYTES_MAX];
    size_t history_end;   /* number of the line that comes next */
    size_t history_shown; /* number of the line shown; history_end: the one being written */
    char unfinished[LINE_BYTES_MAX]; /* the one being written, while another is shown */

    bool is_finished;
    bool last_was_return; /* \r ended a line: a \n that follows belongs to it */
};

/*
 * Shows `prompt` and returns the line that is written, without its end; "" when it was cleared by
 * control-C. Valid until the next call.
 */
const char *line_editor_read(struct line_editor *editor, const char *prompt);

/* The line of the history that is `age` lines old (0: the newest), or NULL when there is none. */
const char *line_editor_history(const struct line_editor *editor, size_t age);
