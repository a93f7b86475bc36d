/*
 * The terminal's state machine:
 *
 *     TEXT --ESC--> ESCAPE --[--> SEQUENCE --parameters--> SEQUENCE --final byte--> TEXT
 *                     \--anything else--> TEXT
 *
 * A row that is full is left only when the next character comes. Going back (\b) at the left border
 * continues at the end of the row above: a line editor can thus walk back over a line that took
 * several rows.
 */
#include "kernel/device/terminal.h"

#include "lib/compiler.h"

#define ESCAPE        0x1b
#define TAB_WIDTH     8
#define PARAMETER_MAX 9999

#define COLOUR_BRIGHT 0x08

/* ANSI counts red, green, blue from the lowest bit up; a PC counts from the other end. */
static const uint8_t colour_of_ansi[8] = {0, 4, 2, 6, 1, 5, 3, 7};

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static struct terminal_cell blank_cell(const struct terminal *terminal)
{
    return (struct terminal_cell){.character = ' ', .colour = terminal->colour};
}

/* Blanks the cells from `first` up to but not including `end`, counted along the rows. */
static void erase(struct terminal *terminal, unsigned first, unsigned end)
{
    struct terminal_screen *screen = terminal->screen;
    for (unsigned i = first; i < end; i++)
        screen->put_cell(screen, i % screen->columns, i / screen->columns, blank_cell(terminal));
}

static void start_new_row(struct terminal *terminal)
{
    terminal->column = 0;
    if (terminal->row + 1 < terminal->screen->rows)
        terminal->row++;
    else
        terminal->screen->scroll(terminal->screen, blank_cell(terminal));
}

static void put_character(struct terminal *terminal, char character)
{
    if (terminal->column == terminal->screen->columns)
        start_new_row(terminal);
    struct terminal_cell cell = {.character = character, .colour = terminal->colour};
    terminal->screen->put_cell(terminal->screen, terminal->column, terminal->row, cell);
    terminal->column++;
}

static void go_back(struct terminal *terminal)
{
    if (terminal->column == 0 && terminal->row > 0) {
        terminal->row--;
        terminal->column = terminal->screen->columns;
    }
    if (terminal->column > 0)
        terminal->column--;
}

static void take_text(struct terminal *terminal, char byte)
{
    switch (byte) {
    case ESCAPE:
        terminal->state = TERMINAL_ESCAPE;
        break;
    case '\n':
        start_new_row(terminal);
        break;
    case '\r':
        terminal->column = 0;
        break;
    case '\b':
        go_back(terminal);
        break;
    case '\t':
        terminal->column =
            smaller((terminal->column / TAB_WIDTH + 1) * TAB_WIDTH, terminal->screen->columns - 1);
        break;
    default:
        if ((unsigned char)byte >= 0x7f)
            put_character(terminal, '?');
        else if (byte >= ' ')
            put_character(terminal, byte);
    }
}

static void set_colour(struct terminal *terminal, unsigned code)
{
    uint8_t colour = terminal->colour;
    if (code == 0)
        colour = TERMINAL_COLOUR_DEFAULT;
    else if (code == 1)
        colour |= COLOUR_BRIGHT;
    else if (code == 7)
        colour = (uint8_t)(colour << 4 | colour >> 4);
    else if (code >= 30 && code <= 37)
        colour = (uint8_t)((colour & 0xf8) | colour_of_ansi[code - 30]);
    else if (code == 39)
        colour = (uint8_t)((colour & 0xf0) | (TERMINAL_COLOUR_DEFAULT & 0x0f));
    else if (code >= 40 && code <= 47)
        colour = (uint8_t)((colour & 0x0f) | colour_of_ansi[code - 40] << 4);
    else if (code == 49)
        colour = (uint8_t)((colour & 0x0f) | (TERMINAL_COLOUR_DEFAULT & 0xf0));
    else if (code >= 90 && code <= 97)
        colour = (uint8_t)((colour & 0xf0) | COLOUR_BRIGHT | colour_of_ansi[code - 90]);
    terminal->colour = colour;
}

static void set_colours(struct terminal *terminal)
{
    if (terminal->parameter_count == 0)
        set_colour(terminal, 0);
    unsigned count = smaller(terminal->parameter_count, TERMINAL_PARAMETERS_MAX);
    for (unsigned i = 0; i < count; i++)
        set_colour(terminal, terminal->parameters[i]);
}

/* Sequences move from a cell, so a row that is full counts as its last cell for them. */
static void leave_border(struct terminal *terminal)
{
    terminal->column = smaller(terminal->column, terminal->screen->columns - 1);
}

static void move(struct terminal *terminal, char direction)
{
    unsigned distance = terminal->parameters[0] == 0 ? 1 : terminal->parameters[0];
    leave_border(terminal);
    switch (direction) {
    case 'A':
        terminal->row -= smaller(distance, terminal->row);
        break;
    case 'B':
        terminal->row = smaller(terminal->row + distance, terminal->screen->rows - 1);
        break;
    case 'C':
        terminal->column = smaller(terminal->column + distance, terminal->screen->columns - 1);
        break;
    default:
        terminal->column -= smaller(distance, terminal->column);
    }
}

/* Parameters count from 1; left out ones mean 1. */
static void move_to(struct terminal *terminal)
{
    unsigned row = terminal->parameters[0];
    unsigned column = terminal->parameters[1];
    terminal->row = smaller(row == 0 ? 0 : row - 1, terminal->screen->rows - 1);
    terminal->column = smaller(column == 0 ? 0 : column - 1, terminal->screen->columns - 1);
}

/* Parameter 0: from the cursor to the end; 1: from the start to the cursor; 2: all of it. */
static void erase_between(struct terminal *terminal, unsigned start, unsigned end)
{
    leave_border(terminal);
    unsigned cursor = terminal->row * terminal->screen->columns + terminal->column;
    if (terminal->parameters[0] == 0)
        erase(terminal, cursor, end);
    else if (terminal->parameters[0] == 1)
        erase(terminal, start, cursor + 1);
    else if (terminal->parameters[0] == 2)
        erase(terminal, start, end);
}

static void run_sequence(struct terminal *terminal, char final)
{
    unsigned columns = terminal->screen->columns;
    switch (final) {
    case 'A' ... 'D':
        move(terminal, final);
        break;
    case 'H':
        move_to(terminal);
        break;
    case 'J':
        erase_between(terminal, 0, terminal->screen->rows * columns);
        break;
    case 'K':
        erase_between(terminal, terminal->row * columns, (terminal->row + 1) * columns);
        break;
    case 'm':
        set_colours(terminal);
        break;
    }
}

static void start_sequence(struct terminal *terminal)
{
    for (unsigned i = 0; i < ARRAY_COUNT(terminal->parameters); i++)
        terminal->parameters[i] = 0;
    terminal->parameter_count = 0;
    terminal->state = TERMINAL_SEQUENCE;
}

/* Parameters that are too large or too many are cut: they come from whatever `cat` shows. */
static void take_digit(struct terminal *terminal, unsigned digit)
{
    if (terminal->parameter_count == 0)
        terminal->parameter_count = 1;
    unsigned *parameter = &terminal->parameters[terminal->parameter_count - 1];
    *parameter = smaller(*parameter * 10 + digit, PARAMETER_MAX);
}

static void take_separator(struct terminal *terminal)
{
    if (terminal->parameter_count == 0)
        terminal->parameter_count = 1;
    if (terminal->parameter_count < ARRAY_COUNT(terminal->parameters))
        terminal->parameter_count++;
}

static void take_sequence(struct terminal *terminal, char byte)
{
    if (byte >= '0' && byte <= '9') {
        take_digit(terminal, (unsigned)(byte - '0'));
    } else if (byte == ';') {
        take_separator(terminal);
    } else if (byte < ' ' || byte >= '@') {
        terminal->state = TERMINAL_TEXT;
        run_sequence(terminal, byte);
    }
}

static void take_byte(struct terminal *terminal, char byte)
{
    switch (terminal->state) {
    case TERMINAL_TEXT:
        take_text(terminal, byte);
        break;
    case TERMINAL_ESCAPE:
        terminal->state = TERMINAL_TEXT;
        if (byte == '[')
            start_sequence(terminal);
        break;
    case TERMINAL_SEQUENCE:
        take_sequence(terminal, byte);
        break;
    }
}

static void show_cursor(struct terminal *terminal)
{
    struct terminal_screen *screen = terminal->screen;
    screen->move_cursor(screen, smaller(terminal->column, screen->columns - 1), terminal->row);
}

void terminal_init(struct terminal *terminal, struct terminal_screen *screen)
{
    *terminal = (struct terminal){.screen = screen, .colour = TERMINAL_COLOUR_DEFAULT};
    erase(terminal, 0, screen->columns * screen->rows);
    show_cursor(terminal);
}

void terminal_write(struct terminal *terminal, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        take_byte(terminal, text[i]);
    show_cursor(terminal);
}
