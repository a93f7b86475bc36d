/*
 * Text screen driver. Video memory is written, never read: a copy of what it shows is kept here,
 * and scrolling writes only what changes.
 */
#include "kernel/device/vga_text.h"

#include <stdint.h>

#include "arch/port.h"
#include "kernel/mm/memory.h"

#define COLUMNS 80
#define ROWS    25

#define VIDEO_MEMORY 0xb8000

/* The CRT controller: an index port, a data port, and the registers used here. */
enum {
    CRTC_INDEX = 0x3d4,
    CRTC_DATA = 0x3d5,
    CRTC_CURSOR_START = 0x0a, /* first scan line; bit 5 would hide the cursor */
    CRTC_CURSOR_END = 0x0b,
    CRTC_CURSOR_HIGH = 0x0e,
    CRTC_CURSOR_LOW = 0x0f,
};

static struct {
    struct terminal_screen screen;
    volatile uint16_t *video;
    uint16_t shown[ROWS * COLUMNS];
} vga;

static void put_code(unsigned place, uint16_t code)
{
    if (vga.shown[place] == code)
        return;
    vga.shown[place] = code;
    vga.video[place] = code;
}

static uint16_t code_of(struct terminal_cell cell)
{
    return (uint16_t)(cell.colour << 8 | (uint8_t)cell.character);
}

static void put_cell(struct terminal_screen *screen, unsigned column, unsigned row,
                     struct terminal_cell cell)
{
    (void)screen;
    put_code(row * COLUMNS + column, code_of(cell));
}

static void scroll(struct terminal_screen *screen, struct terminal_cell blank)
{
    (void)screen;
    unsigned last_row = (ROWS - 1) * COLUMNS;
    for (unsigned i = 0; i < last_row; i++)
        put_code(i, vga.shown[i + COLUMNS]);
    for (unsigned i = last_row; i < ROWS * COLUMNS; i++)
        put_code(i, code_of(blank));
}

static void crtc_write(uint8_t number, uint8_t value)
{
    port_write8(CRTC_INDEX, number);
    port_write8(CRTC_DATA, value);
}

static void move_cursor(struct terminal_screen *screen, unsigned column, unsigned row)
{
    (void)screen;
    unsigned place = row * COLUMNS + column;
    crtc_write(CRTC_CURSOR_HIGH, (uint8_t)(place >> 8));
    crtc_write(CRTC_CURSOR_LOW, (uint8_t)place);
}

struct terminal_screen *vga_text_init(void)
{
    vga.video = memory_map_physical(VIDEO_MEMORY, sizeof(vga.shown), PROTECTION_READ_WRITE,
                                    PAGE_CACHE_NONE);
    if (vga.video == NULL)
        return NULL;
    /* What the boot loader left there is unknown, so nothing counts as shown already. */
    for (unsigned i = 0; i < ROWS * COLUMNS; i++)
        vga.video[i] = 0;
    crtc_write(CRTC_CURSOR_START, 13);
    crtc_write(CRTC_CURSOR_END, 14);
    vga.screen = (struct terminal_screen){
        .columns = COLUMNS,
        .rows = ROWS,
        .put_cell = put_cell,
        .scroll = scroll,
        .move_cursor = move_cursor,
    };
    return &vga.screen;
}
