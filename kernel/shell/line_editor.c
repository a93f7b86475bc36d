/*
 * All edits are one operation, `change`, which replaces a stretch of the line and redraws from
 * there on; keys only choose the stretch.
 *
 * The screen is told to go left with \b and right by writing again what stands there already. How
 * wide the terminal is does not matter then, as long as \b goes back over the end of a row.
 */
#include "kernel/shell/line_editor.h"

#include <stdint.h>

#include "lib/assert.h"
#include "lib/compiler.h"
#include "lib/string.h"
#include "lib/text.h"

enum {
    KEY_CONTROL_A = 0x01,
    KEY_CONTROL_B = 0x02,
    KEY_CONTROL_C = 0x03,
    KEY_CONTROL_D = 0x04,
    KEY_CONTROL_E = 0x05,
    KEY_CONTROL_F = 0x06,
    KEY_BACKSPACE = 0x08,
    KEY_TAB = 0x09,
    KEY_NEWLINE = 0x0a,
    KEY_CONTROL_K = 0x0b,
    KEY_CONTROL_L = 0x0c,
    KEY_RETURN = 0x0d,
    KEY_CONTROL_N = 0x0e,
    KEY_CONTROL_P = 0x10,
    KEY_CONTROL_U = 0x15,
    KEY_CONTROL_W = 0x17,
    KEY_ESCAPE = 0x1b,
    KEY_DELETE = 0x7f, /* what the backspace key sends */
};

static void put(const struct line_editor *editor, const char *text, size_t length)
{
    if (length > 0)
        editor->terminal->write(text, length);
}

static void put_text(const struct line_editor *editor, const char *text)
{
    put(editor, text, strlen(text));
}

static void put_repeated(const struct line_editor *editor, char byte, size_t count)
{
    char piece[32];
    memset(piece, byte, sizeof(piece));
    while (count > 0) {
        size_t length = count < sizeof(piece) ? count : sizeof(piece);
        put(editor, piece, length);
        count -= length;
    }
}

static void ring_bell(struct line_editor *editor)
{
    put_text(editor, "\a");
}

static void move_to(struct line_editor *editor, size_t place)
{
    if (place < editor->cursor)
        put_repeated(editor, '\b', editor->cursor - place);
    else
        put(editor, editor->text + editor->cursor, place - editor->cursor);
    editor->cursor = place;
}

/* Draws the line from `from`, where the terminal's cursor is, and `blanks`; returns to `cursor`. */
static void redraw(const struct line_editor *editor, size_t from, size_t blanks)
{
    put(editor, editor->text + from, editor->length - from);
    put_repeated(editor, ' ', blanks);
    put_repeated(editor, '\b', editor->length + blanks - editor->cursor);
}

/*
 * Replaces `removed` bytes at `from` by `length` bytes of `text` and leaves the cursor behind them.
 * Rings the bell instead when the line would get too long.
 */
static void change(struct line_editor *editor, size_t from, size_t removed, const char *text,
                   size_t length)
{
    ASSERT(from <= editor->length && removed <= editor->length - from);
    if (editor->length - removed + length >= LINE_BYTES_MAX) {
        ring_bell(editor);
        return;
    }
    move_to(editor, from);
    char *place = editor->text + from;
    memmove(place + length, place + removed, editor->length - from - removed);
    memcpy(place, text, length);
    editor->length = editor->length - removed + length;
    editor->cursor = from + length;
    redraw(editor, from, removed > length ? removed - length : 0);
}

static void insert(struct line_editor *editor, char byte)
{
    change(editor, editor->cursor, 0, &byte, 1);
}

static void replace_all(struct line_editor *editor, const char *text)
{
    change(editor, 0, editor->length, text, strlen(text));
}

/* History. */

static size_t history_oldest(const struct line_editor *editor)
{
    return editor->history_end > LINE_HISTORY_COUNT ? editor->history_end - LINE_HISTORY_COUNT : 0;
}

static char *history_slot(struct line_editor *editor, size_t number)
{
    return editor->history[number % LINE_HISTORY_COUNT];
}

static bool is_blank(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return *text == 0;
}

static void remember_line(struct line_editor *editor)
{
    const char *newest = line_editor_history(editor, 0);
    if (is_blank(editor->text) || (newest != NULL && strcmp(newest, editor->text) == 0))
        return;
    text_copy(history_slot(editor, editor->history_end), LINE_BYTES_MAX, editor->text);
    editor->history_end++;
}

static void show_history(struct line_editor *editor, size_t number)
{
    if (editor->history_shown == editor->history_end) {
        editor->text[editor->length] = 0;
        text_copy(editor->unfinished, sizeof(editor->unfinished), editor->text);
    }
    editor->history_shown = number;
    bool is_old = number < editor->history_end;
    replace_all(editor, is_old ? history_slot(editor, number) : editor->unfinished);
}

static void show_older(struct line_editor *editor)
{
    if (editor->history_shown > history_oldest(editor))
        show_history(editor, editor->history_shown - 1);
    else
        ring_bell(editor);
}

static void show_newer(struct line_editor *editor)
{
    if (editor->history_shown < editor->history_end)
        show_history(editor, editor->history_shown + 1);
    else
        ring_bell(editor);
}

/* Completion. */

static void show_prompt(struct line_editor *editor)
{
    put_text(editor, editor->prompt);
    redraw(editor, 0, 0);
}

/* For listing: the names that fit, one after the other. */
struct candidate_list {
    const struct line_editor *editor;
    const struct completion *completion;
};

static void list_candidate(void *context, const char *name, bool is_directory)
{
    const struct candidate_list *list = context;
    if (!completion_fits(list->completion, name))
        return;
    put_text(list->editor, name);
    put_text(list->editor, is_directory ? "/  " : "  ");
}

static void list_candidates(struct line_editor *editor, const struct completion *completion)
{
    struct candidate_list list = {.editor = editor, .completion = completion};
    put_text(editor, "\n");
    editor->terminal->candidates(completion->is_command, completion->directory, list_candidate,
                                 &list);
    put_text(editor, "\n");
    show_prompt(editor);
}

/* Writes part of a name so that the parser reads it back as it is. */
static void insert_name(struct line_editor *editor, const char *name, char quote)
{
    for (; *name != 0; name++) {
        if (quote == 0 && strchr(" '\"\\;#$", *name) != NULL)
            insert(editor, '\\');
        insert(editor, *name);
    }
}

static void end_name(struct line_editor *editor, const struct completion *completion)
{
    if (completion->is_directory) {
        insert(editor, '/');
        return;
    }
    if (completion->quote != 0)
        insert(editor, completion->quote);
    insert(editor, ' ');
}

static void complete(struct line_editor *editor)
{
    struct completion completion;
    completion_find(&completion, editor->text, editor->cursor, editor->terminal->candidates);
    if (completion.match_count == 0) {
        ring_bell(editor);
        return;
    }
    const char *rest = completion.common + strlen(completion.prefix);
    if (completion.match_count > 1 && *rest == 0) {
        list_candidates(editor, &completion);
        return;
    }
    insert_name(editor, rest, completion.quote);
    if (completion.match_count == 1)
        end_name(editor, &completion);
}

/* Keys. */

static void go_left(struct line_editor *editor)
{
    if (editor->cursor > 0)
        move_to(editor, editor->cursor - 1);
}

static void go_right(struct line_editor *editor)
{
    if (editor->cursor < editor->length)
        move_to(editor, editor->cursor + 1);
}

static void go_home(struct line_editor *editor)
{
    move_to(editor, 0);
}

static void go_to_end(struct line_editor *editor)
{
    move_to(editor, editor->length);
}

static void delete_before(struct line_editor *editor)
{
    if (editor->cursor > 0)
        change(editor, editor->cursor - 1, 1, "", 0);
}

static void delete_under(struct line_editor *editor)
{
    if (editor->cursor < editor->length)
        change(editor, editor->cursor, 1, "", 0);
}

static void delete_to_end(struct line_editor *editor)
{
    change(editor, editor->cursor, editor->length - editor->cursor, "", 0);
}

static void delete_to_start(struct line_editor *editor)
{
    change(editor, 0, editor->cursor, "", 0);
}

static void delete_word(struct line_editor *editor)
{
    size_t start = editor->cursor;
    while (start > 0 && editor->text[start - 1] == ' ')
        start--;
    while (start > 0 && editor->text[start - 1] != ' ')
        start--;
    change(editor, start, editor->cursor - start, "", 0);
}

static void clear_screen(struct line_editor *editor)
{
    put_text(editor, "\x1b[H\x1b[J");
    show_prompt(editor);
}

static void finish(struct line_editor *editor)
{
    go_to_end(editor);
    editor->text[editor->length] = 0;
    editor->is_finished = true;
    put_text(editor, "\n");
    remember_line(editor);
}

static void abandon(struct line_editor *editor)
{
    go_to_end(editor);
    editor->length = 0;
    editor->text[0] = 0;
    editor->is_finished = true;
    put_text(editor, "^C\n");
}

typedef void (*key_action)(struct line_editor *editor);

static const struct {
    char key;
    key_action act;
} control_keys[] = {
    {KEY_CONTROL_A, go_home},
    {KEY_CONTROL_B, go_left},
    {KEY_CONTROL_C, abandon},
    {KEY_CONTROL_D, delete_under},
    {KEY_CONTROL_E, go_to_end},
    {KEY_CONTROL_F, go_right},
    {KEY_BACKSPACE, delete_before},
    {KEY_TAB, complete},
    {KEY_CONTROL_K, delete_to_end},
    {KEY_CONTROL_L, clear_screen},
    {KEY_CONTROL_N, show_newer},
    {KEY_CONTROL_P, show_older},
    {KEY_CONTROL_U, delete_to_start},
    {KEY_CONTROL_W, delete_word},
    {KEY_DELETE, delete_before},
    {KEY_RETURN, finish},
    {KEY_NEWLINE, finish},
};

/* What follows ESC [ (or ESC O): the first number and the final byte. */
static const struct {
    unsigned number;
    char final;
    key_action act;
} sequence_keys[] = {
    {0, 'A', show_older}, {0, 'B', show_newer}, {0, 'C', go_right},     {0, 'D', go_left},
    {0, 'H', go_home},    {0, 'F', go_to_end},  {1, '~', go_home},      {7, '~', go_home},
    {4, '~', go_to_end},  {8, '~', go_to_end},  {3, '~', delete_under},
};

static void take_sequence(struct line_editor *editor)
{
    unsigned number = 0;
    char byte = editor->terminal->read();
    for (; byte >= ' ' && byte < '@'; byte = editor->terminal->read()) {
        if (byte >= '0' && byte <= '9' && number < 100)
            number = number * 10 + (unsigned)(byte - '0');
    }
    for (size_t i = 0; i < ARRAY_COUNT(sequence_keys); i++) {
        if (sequence_keys[i].number == number && sequence_keys[i].final == byte)
            sequence_keys[i].act(editor);
    }
}

static void take_plain(struct line_editor *editor, char byte)
{
    for (size_t i = 0; i < ARRAY_COUNT(control_keys); i++) {
        if (control_keys[i].key == byte) {
            control_keys[i].act(editor);
            return;
        }
    }
    if ((unsigned char)byte >= ' ' && (unsigned char)byte < 0x7f)
        insert(editor, byte);
}

/* ESC that does not begin a sequence is skipped, and the byte after it counts as typed alone. */
static void take_key(struct line_editor *editor, char byte)
{
    while (byte == KEY_ESCAPE) {
        byte = editor->terminal->read();
        if (byte == '[' || byte == 'O') {
            take_sequence(editor);
            return;
        }
    }
    bool is_rest_of_return = byte == KEY_NEWLINE && editor->last_was_return;
    editor->last_was_return = byte == KEY_RETURN;
    if (!is_rest_of_return)
        take_plain(editor, byte);
}

const char *line_editor_history(const struct line_editor *editor, size_t age)
{
    if (age >= LINE_HISTORY_COUNT || age >= editor->history_end)
        return NULL;
    return editor->history[(editor->history_end - 1 - age) % LINE_HISTORY_COUNT];
}

const char *line_editor_read(struct line_editor *editor, const char *prompt)
{
    editor->prompt = prompt;
    editor->length = 0;
    editor->cursor = 0;
    editor->is_finished = false;
    editor->history_shown = editor->history_end;
    put_text(editor, prompt);
    while (!editor->is_finished)
        take_key(editor, editor->terminal->read());
    return editor->text;
}
