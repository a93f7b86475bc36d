/*
 * Framebuffer driver for 32, 24, 16 and 15 bits a pixel.
 *
 * Video memory is mapped write-combining and therefore never read: the grid below holds what is
 * shown, and scrolling draws only the cells whose contents change.
 *
 * A glyph's row is drawn as two halves of four pixels, each one of 16 patterns. The patterns of the
 * colours last used are kept, so that a row is two copies of a constant size.
 */
#include "kernel/device/framebuffer.h"

#include <stdbool.h>

#include "kernel/mm/memory.h"
#include "kernel/selftest/selftest.h"
#include "lib/compiler.h"
#include "lib/span.h"
#include "lib/string.h"

#define GLYPH_WIDTH  8
#define GLYPH_HEIGHT 16

/* More than this is left unused: 2048 x 2048 pixels. */
#define COLUMNS_MAX 256
#define ROWS_MAX    128

/* PSF1: two magic bytes, a mode whose bit 0 means 512 glyphs (256 otherwise), bytes per glyph. */
#define PSF1_HEADER_BYTES 4
#define PSF1_MAGIC        0x0436
#define PSF1_MODE_512     0x01

#define CURSOR_ROWS 2 /* at the bottom of the cell */

#define PIXELS_PER_PATTERN 4
#define PIXEL_BYTES_MAX    4

static struct {
    struct terminal_screen screen;
    uint8_t *video;
    uint32_t pitch_bytes;
    unsigned pixel_bytes;
    const uint8_t *glyphs;
    uint32_t palette[16]; /* as pixels of this framebuffer */

    struct terminal_cell shown[ROWS_MAX][COLUMNS_MAX];
    unsigned cursor_column;
    unsigned cursor_row;

    /* patterns[bits]: four pixels, the most significant bit leftmost. */
    uint8_t patterns[16][PIXELS_PER_PATTERN * PIXEL_BYTES_MAX];
    uint8_t pattern_colour;
} framebuffer;

/* The linker finds these in font.S. */
extern const uint8_t font_start[];
extern const uint8_t font_end[];

/* The 16 colours of a PC's text screen, as 0xRRGGBB. */
static const uint32_t pc_colours[16] = {
    0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
    0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
};

/* The glyphs of a PSF1 font of the right height, or NULL. */
static const uint8_t *font_glyphs(struct span font)
{
    if (!span_has(font, 0, PSF1_HEADER_BYTES) || span_u16(font, 0) != PSF1_MAGIC)
        return NULL;
    unsigned glyph_count = span_u8(font, 2) & PSF1_MODE_512 ? 512 : 256;
    if (span_u8(font, 3) != GLYPH_HEIGHT)
        return NULL;
    if (!span_has(font, PSF1_HEADER_BYTES, (uint64_t)glyph_count * GLYPH_HEIGHT))
        return NULL;
    return font.bytes + PSF1_HEADER_BYTES;
}

static struct span built_in_font(void)
{
    return span_make(font_start, (size_t)(font_end - font_start));
}

static void make_patterns(uint8_t colour)
{
    uint32_t foreground = framebuffer.palette[colour & 0x0f];
    uint32_t background = framebuffer.palette[colour >> 4];
    unsigned pixel_bytes = framebuffer.pixel_bytes;
    for (unsigned bits = 0; bits < 16; bits++) {
        for (unsigned x = 0; x < PIXELS_PER_PATTERN; x++) {
            uint32_t pixel = bits & (8u >> x) ? foreground : background;
            memcpy(&framebuffer.patterns[bits][x * pixel_bytes], &pixel, pixel_bytes);
        }
    }
    framebuffer.pattern_colour = colour;
}

/* Inlined with each of the pixel sizes, so that the copies become a few stores. */
static ALWAYS_INLINE void draw_rows(uint8_t *video, const uint8_t *glyph, size_t pattern_bytes)
{
    for (unsigned y = 0; y < GLYPH_HEIGHT; y++) {
        __builtin_memcpy(video, framebuffer.patterns[glyph[y] >> 4], pattern_bytes);
        __builtin_memcpy(video + pattern_bytes, framebuffer.patterns[glyph[y] & 0x0f],
                         pattern_bytes);
        video += framebuffer.pitch_bytes;
    }
}

static void draw_glyph(unsigned column, unsigned row, const uint8_t *glyph, uint8_t colour)
{
    if (colour != framebuffer.pattern_colour)
        make_patterns(colour);
    uint8_t *video = framebuffer.video + (size_t)row * GLYPH_HEIGHT * framebuffer.pitch_bytes +
                     (size_t)column * GLYPH_WIDTH * framebuffer.pixel_bytes;
    switch (framebuffer.pixel_bytes) {
    case 4:
        draw_rows(video, glyph, PIXELS_PER_PATTERN * 4);
        break;
    case 3:
        draw_rows(video, glyph, PIXELS_PER_PATTERN * 3);
        break;
    default:
        draw_rows(video, glyph, PIXELS_PER_PATTERN * 2);
    }
}

static const uint8_t *glyph_of(char character)
{
    return framebuffer.glyphs + (size_t)(uint8_t)character * GLYPH_HEIGHT;
}

static void draw_cell(unsigned column, unsigned row)
{
    struct terminal_cell cell = framebuffer.shown[row][column];
    draw_glyph(column, row, glyph_of(cell.character), cell.colour);
}

static void draw_cursor(void)
{
    unsigned column = framebuffer.cursor_column;
    unsigned row = framebuffer.cursor_row;
    struct terminal_cell cell = framebuffer.shown[row][column];
    uint8_t glyph[GLYPH_HEIGHT];
    memcpy(glyph, glyph_of(cell.character), sizeof(glyph));
    memset(glyph + GLYPH_HEIGHT - CURSOR_ROWS, 0xff, CURSOR_ROWS);
    draw_glyph(column, row, glyph, cell.colour);
}

static void show_cell(unsigned column, unsigned row, struct terminal_cell cell)
{
    struct terminal_cell *shown = &framebuffer.shown[row][column];
    if (shown->character == cell.character && shown->colour == cell.colour)
        return;
    *shown = cell;
    draw_cell(column, row);
}

static void put_cell(struct terminal_screen *screen, unsigned column, unsigned row,
                     struct terminal_cell cell)
{
    (void)screen;
    show_cell(column, row, cell);
}

static void scroll(struct terminal_screen *screen, struct terminal_cell blank)
{
    for (unsigned row = 0; row + 1 < screen->rows; row++) {
        for (unsigned column = 0; column < screen->columns; column++)
            show_cell(column, row, framebuffer.shown[row + 1][column]);
    }
    for (unsigned column = 0; column < screen->columns; column++)
        show_cell(column, screen->rows - 1, blank);
}

static void move_cursor(struct terminal_screen *screen, unsigned column, unsigned row)
{
    (void)screen;
    draw_cell(framebuffer.cursor_column, framebuffer.cursor_row);
    framebuffer.cursor_column = column;
    framebuffer.cursor_row = row;
    draw_cursor();
}

static bool channel_is_usable(uint8_t position, uint8_t size, uint8_t bits_per_pixel)
{
    return size >= 1 && size <= 8 && position + size <= bits_per_pixel;
}

/* Why the description cannot be used, or NULL. */
static const char *description_problem(const struct boot_framebuffer *description)
{
    uint8_t bits = description->bits_per_pixel;
    if (bits != 32 && bits != 24 && bits != 16 && bits != 15)
        return "not 32, 24, 16 or 15 bits a pixel";
    if (!channel_is_usable(description->red_position, description->red_size, bits) ||
        !channel_is_usable(description->green_position, description->green_size, bits) ||
        !channel_is_usable(description->blue_position, description->blue_size, bits))
        return "a colour lies outside the pixel";
    if (description->width < GLYPH_WIDTH || description->height < GLYPH_HEIGHT)
        return "too small for one character";
    if (description->pitch_bytes < (uint64_t)description->width * ((bits + 7u) / 8))
        return "a row is shorter than its pixels";
    return NULL;
}

/* One channel of `colour`, 8 bits at `shift`, as bits of a pixel. */
static uint32_t channel(uint32_t colour, unsigned shift, uint8_t position, uint8_t size)
{
    return (colour >> shift & 0xff) >> (8 - size) << position;
}

static void make_palette(const struct boot_framebuffer *description)
{
    for (unsigned i = 0; i < ARRAY_COUNT(pc_colours); i++) {
        uint32_t colour = pc_colours[i];
        framebuffer.palette[i] =
            channel(colour, 16, description->red_position, description->red_size) |
            channel(colour, 8, description->green_position, description->green_size) |
            channel(colour, 0, description->blue_position, description->blue_size);
    }
}

static unsigned cells_along(uint32_t pixels, unsigned cell_pixels, unsigned limit)
{
    unsigned cells = pixels / cell_pixels;
    return cells < limit ? cells : limit;
}

static void clear(const struct boot_framebuffer *description)
{
    for (uint32_t y = 0; y < description->height; y++)
        memset(framebuffer.video + (size_t)y * description->pitch_bytes, 0,
               (size_t)description->width * framebuffer.pixel_bytes);
}

static void set_up(const struct boot_framebuffer *description)
{
    framebuffer.pitch_bytes = description->pitch_bytes;
    framebuffer.pixel_bytes = (description->bits_per_pixel + 7u) / 8;
    make_palette(description);
    make_patterns(TERMINAL_COLOUR_DEFAULT);
    clear(description);
    framebuffer.screen = (struct terminal_screen){
        .columns = cells_along(description->width, GLYPH_WIDTH, COLUMNS_MAX),
        .rows = cells_along(description->height, GLYPH_HEIGHT, ROWS_MAX),
        .put_cell = put_cell,
        .scroll = scroll,
        .move_cursor = move_cursor,
    };
}

struct terminal_screen *framebuffer_init(const struct boot_framebuffer *description,
                                         const char **why)
{
    *why = description_problem(description);
    if (*why != NULL)
        return NULL;
    *why = "the font is not PSF1 with glyphs of 8 x 16";
    framebuffer.glyphs = font_glyphs(built_in_font());
    if (framebuffer.glyphs == NULL)
        return NULL;
    *why = "no room to map it";
    uint64_t size_bytes = (uint64_t)description->pitch_bytes * description->height;
    framebuffer.video = memory_map_physical(description->address, size_bytes, PROTECTION_READ_WRITE,
                                            PAGE_CACHE_WRITE_COMBINING);
    if (framebuffer.video == NULL)
        return NULL;
    set_up(description);
    return &framebuffer.screen;
}

SELFTEST(framebuffer, built_in_font_is_usable)
{
    CHECK(font_glyphs(built_in_font()) != NULL);
}

SELFTEST(framebuffer, damaged_fonts_are_refused)
{
    struct span font = built_in_font();
    CHECK(font_glyphs(span_make(font.bytes, 3)) == NULL);
    CHECK(font_glyphs(span_make(font.bytes, PSF1_HEADER_BYTES + 256 * GLYPH_HEIGHT - 1)) == NULL);
    CHECK(font_glyphs(span_make(font.bytes + 1, font.size - 1)) == NULL);
}
