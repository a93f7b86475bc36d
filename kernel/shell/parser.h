/*
 * Takes lines of the shell apart: commands at ; and newlines, words at spaces. Pure.
 *
 *     'text'   as it stands
 *     "text"   with \" \\ \$ and $? replaced
 *     \c       c as it stands (outside quotes)
 *     $?       the status of the command before
 *     # text   a comment up to the end of the line, where a word would begin
 */
#pragma once

#include <stddef.h>

#include "lib/compiler.h"

#define PARSER_WORDS_MAX 32
#define PARSER_TEXT_MAX  1024 /* bytes of all words of a command, with their zero bytes */

enum parser_result {
    PARSER_COMMAND, /* the command is filled and has at least one word */
    PARSER_END,     /* nothing but spaces and comments was left */
    PARSER_ERROR,   /* command->error says why; the rest of the line has been skipped */
};

/* The text that is still to be read. */
struct parser {
    const char *position;
    const char *end;
};

struct parsed_command {
    int word_count;
    char *words[PARSER_WORDS_MAX + 1]; /* the one after the last is NULL */
    /* The command as it was written, without the space around it; lies inside the parser's text. */
    const char *source;
    size_t source_length;
    const char *error; /* "the quote is not closed" */
    char text[PARSER_TEXT_MAX];
    size_t text_length;
};

/* Reads the next command that is not empty. `last_status` is what $? becomes. */
MUST_CHECK enum parser_result parser_next(struct parser *parser, int last_status,
                                          struct parsed_command *command);

/* Moves `parser` behind the line that it stands in and returns that line. */
struct parser parser_take_line(struct parser *parser);
