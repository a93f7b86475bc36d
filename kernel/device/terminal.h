/*
 * A small ANSI terminal: turns a stream of bytes into cells put on a grid, a cursor and scrolling.
 * Knows nothing of hardware and keeps no picture: a screen does. Pure; the caller serialises.
 *
 * Understood: \n (also returns to the left) \r \b \t, ESC [ n A B C D, ESC [ n K and J,
 * ESC [ r ; c H, ESC [ n m with the 16 colours, bold, reverse. Other control bytes and sequences
 * are skipped. A byte that is not ASCII is shown as a question mark.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Colours as on a PC's text screen: foreground in the low four bits, background in the others. */
#define TERMINAL_COLOUR_DEFAULT 0x07

struct terminal_cell {
    char character; /* 0x20 to 0x7e */
    uint8_t colour;
};

/* What the terminal draws on. Places are always inside `columns` and `rows`, both at least 1. */
struct terminal_screen {
    unsigned columns;
    unsigned rows;
    void (*put_cell)(struct terminal_screen *screen, unsigned column, unsigned row,
                     struct terminal_cell cell);
    /* Moves every row one up; the first is lost and the last becomes all `blank`. */
    void (*scroll)(struct terminal_screen *screen, struct terminal_cell blank);
    void (*move_cursor)(struct terminal_screen *screen, unsigned column, unsigned row);
};

enum terminal_state { TERMINAL_TEXT, TERMINAL_ESCAPE, TERMINAL_SEQUENCE };

#define TERMINAL_PARAMETERS_MAX 4

struct terminal {
    struct terminal_screen *screen;
    /*
     * Where the next character goes. `column` may equal `columns`: the row is full, and the next
     * character, not this one, starts a new row.
     */
    unsigned column;
    unsigned row;
    uint8_t colour;
    enum terminal_state state;
    /* Of the sequence being read; those that are too many go into the last one, which is unused. */
    unsigned parameters[TERMINAL_PARAMETERS_MAX + 1];
    unsigned parameter_count;
};

/* Starts with an empty screen and the cursor at the top left. Borrows `screen` for ever. */
void terminal_init(struct terminal *terminal, struct terminal_screen *screen);

/* Shows `length` bytes and then moves the cursor once. */
void terminal_write(struct terminal *terminal, const char *text, size_t length);
