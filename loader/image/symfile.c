/*
 * Reading import and export files, a line at a time.
 *
 * Invariants:
 *   1. `next` only grows, by whole lines, so that a reader always comes to the end.
 *   2. `file` is always zero-ended; it is "" exactly when no file is named.
 *   3. After an error everything that a later line depends on has a value that makes sense, so that
 *      one mistake is not reported again and again.
 *
 * What differs from other readers of this grammar: the last line needs no newline, a missing closing
 * bracket and more than two fields are errors, and so are addresses in place of a keyword.
 */
#include "loader/image/symfile.h"

#include "lib/string.h"

struct keyword {
    const char *text;
    enum mod_class mclass;
};

static const struct keyword keywords[] = {
    {"syscall", MOD_CLASS_SYSCALL32},       {"svc", MOD_CLASS_SYSCALL32},
    {"syscall32", MOD_CLASS_SYSCALL32},     {"svc32", MOD_CLASS_SYSCALL32},
    {"syscall64", MOD_CLASS_SYSCALL64},     {"svc64", MOD_CLASS_SYSCALL64},
    {"syscall3264", MOD_CLASS_SYSCALL3264}, {"svc3264", MOD_CLASS_SYSCALL3264},
};

struct mode {
    const char *text;
    bool applies_32;
    bool applies_64;
};

static const struct mode modes[] = {
    {"32", true, false},
    {"64", false, true},
    {"no32", false, true},
    {"no64", true, false},
};

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v';
}

/* What an assembler takes for a name without quotes; bytes above 127 are letters of UTF-8. */
static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '$' || byte >= 128;
}

static uint8_t to_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

static struct span trim(struct span text)
{
    while (text.size > 0 && is_blank(text.bytes[0])) {
        text.bytes++;
        text.size--;
    }
    while (text.size > 0 && is_blank(text.bytes[text.size - 1]))
        text.size--;
    return text;
}

/* Takes the first word off a trimmed text. */
static struct span take_word(struct span *text)
{
    size_t length = 0;
    while (length < text->size && !is_blank(text->bytes[length]))
        length++;
    struct span word = span_make(text->bytes, length);
    *text = trim(span_make(text->bytes + length, text->size - length));
    return word;
}

/* True when `word` is `lower` in letters of either size. */
static bool word_is(struct span word, const char *lower)
{
    size_t i = 0;
    while (i < word.size && lower[i] != 0 && to_lower(word.bytes[i]) == (uint8_t)lower[i])
        i++;
    return i == word.size && lower[i] == 0;
}

/* Copies as much as fits behind what `to` holds. False when something was cut. */
static bool append(char to[SYMFILE_NAME_MAX], struct span text)
{
    size_t used = strlen(to);
    size_t room = SYMFILE_NAME_MAX - 1 - used;
    size_t length = text.size < room ? text.size : room;
    memcpy(to + used, text.bytes, length);
    to[used + length] = 0;
    return length == text.size;
}

/* Takes the next line, without its newline; false at the end of the text. */
static bool take_line(struct symfile *symfile, struct span *line)
{
    struct span text = symfile->text;
    uint64_t start = symfile->next;
    if (start >= text.size)
        return false;

    uint64_t end = start;
    while (end < text.size && text.bytes[end] != '\n')
        end++;
    *line = trim(span_make(text.bytes + start, (size_t)(end - start)));
    symfile->next = end < text.size ? end + 1 : end;
    symfile->line++;
    return true;
}

/* "path (member)" becomes "path(member)". Returns NULL or what is wrong. */
static const char *set_member_file(char file[SYMFILE_NAME_MAX], struct span text, size_t bracket)
{
    struct span path = trim(span_make(text.bytes, bracket));
    struct span member = trim(span_make(text.bytes + bracket + 1, text.size - bracket - 1));
    bool is_closed = member.size > 0 && member.bytes[member.size - 1] == ')';
    if (is_closed)
        member = trim(span_make(member.bytes, member.size - 1));

    bool is_whole = append(file, path) && append(file, span_make("(", 1)) && append(file, member) &&
                    append(file, span_make(")", 1));
    if (!is_closed)
        return "the closing bracket of `path(member)` is missing";
    if (path.size == 0)
        return "a member needs the path of its archive: `#! path(member)`";
    if (member.size == 0)
        return "the brackets of `path(member)` are empty";
    return is_whole ? NULL : "the path is too long";
}

/* What stands after `#!`. Returns NULL or what is wrong. */
static const char *set_file(struct symfile *symfile, struct span text)
{
    symfile->file[0] = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == 0)
            return "a file name holds a zero byte";
    }
    for (size_t i = text.size; i > 0; i--) {
        if (text.bytes[i - 1] == '(')
            return set_member_file(symfile->file, text, i - 1);
    }
    if (!append(symfile->file, text))
        return "the path is too long";
    if (word_is(text, "."))
        return "`.` is the main program of a process, and an extension has none";
    return NULL;
}

/* What stands after `# `: a mode, or else a remark. */
static void set_mode(struct symfile *symfile, struct span text)
{
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        if (word_is(text, modes[i].text)) {
            symfile->applies_32 = modes[i].applies_32;
            symfile->applies_64 = modes[i].applies_64;
        }
    }
}

/* A line that begins with #. Returns NULL or what is wrong. */
static const char *read_directive(struct symfile *symfile, struct span line)
{
    struct span rest = span_make(line.bytes + 1, line.size - 1);
    if (rest.size > 0 && rest.bytes[0] == '!')
        return set_file(symfile, trim(span_make(rest.bytes + 1, rest.size - 1)));
    if (rest.size > 0 && !is_blank(rest.bytes[0]))
        return "a line with # is `#!file`, `# 32`, `# 64`, `# no32` or `# no64`; comments begin "
               "with *";
    set_mode(symfile, trim(rest));
    return NULL;
}

static const char *read_name(struct symfile_entry *entry, struct span name)
{
    entry->name[0] = 0;
    for (size_t i = 0; i < name.size; i++) {
        if (!is_name_byte(name.bytes[i]))
            return "a symbol's name has only letters, digits, `_`, `.` and `$`";
    }
    if (name.bytes[0] >= '0' && name.bytes[0] <= '9')
        return "a symbol's name does not begin with a digit";
    return append(entry->name, name) ? NULL : "the symbol's name is too long";
}

static const char *read_keyword(struct symfile_entry *entry, struct span word)
{
    for (size_t i = 0; i < ARRAY_COUNT(keywords); i++) {
        if (word_is(word, keywords[i].text)) {
            entry->mclass = keywords[i].mclass;
            return NULL;
        }
    }
    if (word.bytes[0] >= '0' && word.bytes[0] <= '9')
        return "symbols at fixed addresses do not exist here; name the file that they come from";
    return "the keyword is not one of syscall, syscall32, syscall64, syscall3264";
}

/* A line with a symbol. Returns NULL or what is wrong. */
static const char *read_symbol(struct symfile_entry *entry, struct span line)
{
    const char *why = read_name(entry, take_word(&line));
    if (why != NULL || line.size == 0)
        return why;
    why = read_keyword(entry, take_word(&line));
    if (why != NULL || line.size == 0)
        return why;
    return "more than a symbol and a keyword in one line";
}

void symfile_open(struct span text, struct symfile *symfile)
{
    *symfile = (struct symfile){.text = text, .applies_32 = true, .applies_64 = true};
}

enum symfile_result symfile_next(struct symfile *symfile, struct symfile_entry *entry,
                                 const char **why)
{
    struct span line;
    while (take_line(symfile, &line)) {
        if (line.size == 0 || line.bytes[0] == '*')
            continue;
        if (line.bytes[0] == '#') {
            *why = read_directive(symfile, line);
            if (*why != NULL)
                return SYMFILE_ERROR;
            continue;
        }
        entry->line = symfile->line;
        entry->mclass = MOD_CLASS_SERVICE;
        *why = read_symbol(entry, line);
        return *why == NULL ? SYMFILE_ENTRY : SYMFILE_ERROR;
    }
    return SYMFILE_END;
}
