/*
 * Completion works on the same words as the parser does, but on a line that is not finished: it
 * walks over the text with the parser's rules for quotes and backslashes and keeps the word that it
 * ends in.
 */
#include "kernel/shell/completion.h"

#include "lib/string.h"
#include "lib/text.h"

/* The word that the walk is in, as the parser would see it. */
struct walk {
    char word[COMPLETION_WORD_MAX];
    size_t length;
    bool has_word; /* something of the word has been seen, if only a quote */
    bool is_first; /* no word of the command came before */
    bool is_escaped;
    char quote;
};

static void add_byte(struct walk *walk, char byte)
{
    walk->has_word = true;
    if (walk->length + 1 < sizeof(walk->word))
        walk->word[walk->length++] = byte;
}

static void start_word(struct walk *walk, bool is_first)
{
    walk->length = 0;
    walk->has_word = false;
    walk->is_first = is_first;
}

static void take_unquoted(struct walk *walk, char byte)
{
    if (byte == '\\') {
        walk->is_escaped = true;
    } else if (byte == '\'' || byte == '"') {
        walk->quote = byte;
        walk->has_word = true;
    } else if (byte == ';') {
        start_word(walk, true);
    } else if (byte == ' ' || byte == '\t') {
        start_word(walk, walk->is_first && !walk->has_word);
    } else {
        add_byte(walk, byte);
    }
}

static void take_byte(struct walk *walk, char byte)
{
    if (walk->is_escaped) {
        walk->is_escaped = false;
        add_byte(walk, byte);
    } else if (walk->quote == 0) {
        take_unquoted(walk, byte);
    } else if (byte == walk->quote) {
        walk->quote = 0;
    } else if (byte == '\\' && walk->quote == '"') {
        walk->is_escaped = true;
    } else {
        add_byte(walk, byte);
    }
}

/* Splits the word behind its last slash; the name of a command is never split. */
static void split_word(struct completion *completion, char *word)
{
    char *slash = completion->is_command ? NULL : strrchr(word, '/');
    char *name = slash == NULL ? word : slash + 1;
    text_copy(completion->prefix, sizeof(completion->prefix), name);
    *name = 0;
    text_copy(completion->directory, sizeof(completion->directory), word);
}

static void shorten_to_common(char *common, const char *name)
{
    size_t length = 0;
    while (common[length] != 0 && common[length] == name[length])
        length++;
    common[length] = 0;
}

static void note_name(void *context, const char *name, bool is_directory)
{
    struct completion *completion = context;
    if (!completion_fits(completion, name))
        return;
    if (completion->match_count == 0)
        text_copy(completion->common, sizeof(completion->common), name);
    else
        shorten_to_common(completion->common, name);
    completion->match_count++;
    completion->is_directory = is_directory && completion->match_count == 1;
}

bool completion_fits(const struct completion *completion, const char *name)
{
    return text_starts_with(name, completion->prefix);
}

void completion_find(struct completion *completion, const char *text, size_t length,
                     completion_source source)
{
    struct walk walk = {.is_first = true};
    for (size_t i = 0; i < length; i++)
        take_byte(&walk, text[i]);
    walk.word[walk.length] = 0;
    *completion = (struct completion){.is_command = walk.is_first, .quote = walk.quote};
    split_word(completion, walk.word);
    source(completion->is_command, completion->directory, note_name, completion);
}
