/*
 * The kernel's command line: see arguments.h.
 *
 * Words are read character by character, quotes and backslashes resolved on the way, so that no
 * buffer is needed and no word is too long.
 */
#include "boot/arguments.h"

#include "lib/string.h"

enum quotes {
    QUOTES_NONE,
    QUOTES_PLAIN,   /* opened by ", closed by " */
    QUOTES_ESCAPED, /* opened by \", closed by \" */
};

struct word_reader {
    const char *next;
    enum quotes quotes;
};

#define END_OF_WORD (-1)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes a quote of either kind: true when it opens or closes, false when it stands for itself. */
static bool toggle_quotes(struct word_reader *reader, enum quotes kind)
{
    if (reader->quotes == kind)
        reader->quotes = QUOTES_NONE;
    else if (reader->quotes == QUOTES_NONE)
        reader->quotes = kind;
    else
        return false;
    return true;
}

/*
 * A backslash that is followed by `c`. GRUB puts a backslash before each backslash and quote, so
 * inside quotes that it escaped, a quote that was escaped already has three.
 */
static int read_backslash(struct word_reader *reader, char c)
{
    if (c != '\\' && c != '"' && c != '\'')
        return '\\';
    reader->next++;
    if (c == '\\' && reader->quotes == QUOTES_ESCAPED && reader->next[0] == '\\' &&
        reader->next[1] == '"') {
        reader->next += 2;
        return '"';
    }
    return c;
}

/* The next character of the word with quotes and backslashes resolved. */
static int next_character(struct word_reader *reader)
{
    for (;;) {
        char c = *reader->next;
        if (c == 0 || (reader->quotes == QUOTES_NONE && is_blank(c)))
            return END_OF_WORD;
        reader->next++;
        if (c == '"' && toggle_quotes(reader, QUOTES_PLAIN))
            continue;
        if (c == '\\' && *reader->next == '"' && toggle_quotes(reader, QUOTES_ESCAPED)) {
            reader->next++;
            continue;
        }
        return c == '\\' ? read_backslash(reader, *reader->next) : (unsigned char)c;
    }
}

/* Reads up to the first character that `key` does not have and returns that. */
static int match_key(struct word_reader *reader, const char *key, bool *matches)
{
    int c = next_character(reader);
    while (*key != 0 && c == (unsigned char)*key) {
        key++;
        c = next_character(reader);
    }
    *matches = *key == 0 && (c == '=' || c == END_OF_WORD);
    return c;
}

static void read_value(struct word_reader *reader, char *value, size_t size_bytes)
{
    size_t length = 0;
    for (int c = next_character(reader); c != END_OF_WORD; c = next_character(reader)) {
        if (length + 1 < size_bytes)
            value[length++] = (char)c;
    }
    value[length] = 0;
}

/* "run=\"a b\"" has quotes around the word and around the value: the inner ones are still there. */
static void strip_inner_quotes(char *value)
{
    size_t length = strlen(value);
    if (length < 2 || value[0] != '"' || strchr(value + 1, '"') != value + length - 1)
        return;
    memmove(value, value + 1, length - 2);
    value[length - 2] = 0;
}

bool boot_argument(const char *command_line, const char *key, char *value, size_t size_bytes)
{
    bool found = false;
    value[0] = 0;
    for (const char *next = command_line;;) {
        while (is_blank(*next))
            next++;
        if (*next == 0)
            return found;

        struct word_reader reader = {.next = next};
        bool matches;
        int c = match_key(&reader, key, &matches);
        if (matches) {
            found = true;
            value[0] = 0;
            if (c == '=')
                read_value(&reader, value, size_bytes);
            strip_inner_quotes(value);
        }
        while (c != END_OF_WORD)
            c = next_character(&reader);
        next = reader.next;
    }
}
