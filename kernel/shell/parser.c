/*
 * The parser reads byte by byte and writes the words' bytes one after the other into the command's
 * own text. The first problem is noted in command->error and ends the reading.
 */
#include "kernel/shell/parser.h"

#include <stdbool.h>

#include "lib/format.h"
#include "lib/string.h"

/* A command that is being read. */
struct reading {
    struct parser *parser;
    struct parsed_command *command;
    int last_status;
};

static bool at_end(const struct parser *parser)
{
    return parser->position == parser->end;
}

/* The byte `ahead` bytes further on; 0 beyond the end. */
static char peek(const struct parser *parser, size_t ahead)
{
    return ahead < (size_t)(parser->end - parser->position) ? parser->position[ahead] : 0;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static bool ends_command(const struct parser *parser)
{
    return at_end(parser) || *parser->position == ';' || *parser->position == '\n';
}

static void skip_to_newline(struct parser *parser)
{
    while (!at_end(parser) && *parser->position != '\n')
        parser->position++;
}

/* Skips what stands between words: spaces and a comment. */
static void skip_space(struct parser *parser)
{
    while (is_space(peek(parser, 0)))
        parser->position++;
    if (peek(parser, 0) == '#')
        skip_to_newline(parser);
}

static void fail(struct reading *reading, const char *why)
{
    if (reading->command->error == NULL)
        reading->command->error = why;
}

static void add_byte(struct reading *reading, char byte)
{
    struct parsed_command *command = reading->command;
    if (command->text_length == PARSER_TEXT_MAX)
        fail(reading, "the command is too long");
    else
        command->text[command->text_length++] = byte;
}

static void add_status(struct reading *reading)
{
    char digits[16];
    format_text(digits, sizeof(digits), "%d", reading->last_status);
    for (const char *p = digits; *p != 0; p++)
        add_byte(reading, *p);
}

/* Reads one byte or $? as it stands. */
static void read_plain(struct reading *reading)
{
    struct parser *parser = reading->parser;
    if (peek(parser, 0) == '$' && peek(parser, 1) == '?') {
        add_status(reading);
        parser->position += 2;
    } else {
        add_byte(reading, *parser->position++);
    }
}

static void read_escaped(struct reading *reading)
{
    struct parser *parser = reading->parser;
    parser->position++;
    if (at_end(parser) || *parser->position == '\n')
        fail(reading, "nothing follows the backslash");
    else
        add_byte(reading, *parser->position++);
}

static bool is_double_quote_escape(const struct parser *parser)
{
    char next = peek(parser, 1);
    return peek(parser, 0) == '\\' && (next == '"' || next == '\\' || next == '$');
}

static void read_quoted(struct reading *reading)
{
    struct parser *parser = reading->parser;
    char quote = *parser->position++;
    while (!at_end(parser) && *parser->position != '\n') {
        if (*parser->position == quote) {
            parser->position++;
            return;
        }
        if (quote == '\'')
            add_byte(reading, *parser->position++);
        else if (is_double_quote_escape(parser))
            read_escaped(reading);
        else
            read_plain(reading);
    }
    fail(reading, "the quote is not closed");
}

static void read_word(struct reading *reading)
{
    struct parser *parser = reading->parser;
    struct parsed_command *command = reading->command;
    if (command->word_count == PARSER_WORDS_MAX) {
        fail(reading, "the command has too many words");
        return;
    }
    command->words[command->word_count++] = command->text + command->text_length;
    while (command->error == NULL && !ends_command(parser) && !is_space(*parser->position)) {
        char byte = *parser->position;
        if (byte == '\'' || byte == '"')
            read_quoted(reading);
        else if (byte == '\\')
            read_escaped(reading);
        else
            read_plain(reading);
    }
    add_byte(reading, 0);
}

/* Reads up to the end of the command; `source` becomes what was read without space behind it. */
static void read_command(struct reading *reading)
{
    struct parser *parser = reading->parser;
    struct parsed_command *command = reading->command;
    command->source = parser->position;
    while (command->error == NULL && !ends_command(parser)) {
        read_word(reading);
        command->source_length = (size_t)(parser->position - command->source);
        skip_space(parser);
    }
    command->words[command->word_count] = NULL;
}

static void command_clear(struct parsed_command *command)
{
    command->word_count = 0;
    command->source_length = 0;
    command->error = NULL;
    command->text_length = 0;
}

enum parser_result parser_next(struct parser *parser, int last_status,
                               struct parsed_command *command)
{
    command_clear(command);
    skip_space(parser);
    while (!at_end(parser) && ends_command(parser)) {
        parser->position++;
        skip_space(parser);
    }
    if (at_end(parser))
        return PARSER_END;
    struct reading reading = {.parser = parser, .command = command, .last_status = last_status};
    read_command(&reading);
    if (command->error == NULL)
        return PARSER_COMMAND;
    skip_to_newline(parser);
    return PARSER_ERROR;
}

struct parser parser_take_line(struct parser *parser)
{
    struct parser line = *parser;
    skip_to_newline(parser);
    line.end = parser->position;
    if (!at_end(parser))
        parser->position++;
    return line;
}
