/* The ANSI terminal: kernel/device/terminal.c, on a screen of 10 x 4 cells that is an array. */
#include "kernel/device/terminal.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 10
#define ROWS    4

static struct {
    struct terminal_screen screen;
    struct terminal_cell cells[ROWS][COLUMNS];
    unsigned cursor_column;
    unsigned cursor_row;
    struct terminal terminal;
} test;

static void array_put_cell(struct terminal_screen *screen UNUSED, unsigned column, unsigned row,
                           struct terminal_cell cell)
{
    assert_true(column < COLUMNS && row < ROWS);
    assert_true(cell.character >= ' ' && cell.character < 0x7f);
    test.cells[row][column] = cell;
}

static void array_scroll(struct terminal_screen *screen UNUSED, struct terminal_cell blank)
{
    memmove(test.cells[0], test.cells[1], sizeof(test.cells) - sizeof(test.cells[0]));
    for (unsigned column = 0; column < COLUMNS; column++)
        test.cells[ROWS - 1][column] = blank;
}

static void array_move_cursor(struct terminal_screen *screen UNUSED, unsigned column, unsigned row)
{
    assert_true(column < COLUMNS && row < ROWS);
    test.cursor_column = column;
    test.cursor_row = row;
}

static int set_up(void **state UNUSED)
{
    memset(&test, 0, sizeof(test));
    test.screen = (struct terminal_screen){
        .columns = COLUMNS,
        .rows = ROWS,
        .put_cell = array_put_cell,
        .scroll = array_scroll,
        .move_cursor = array_move_cursor,
    };
    terminal_init(&test.terminal, &test.screen);
    return 0;
}

static void write_text(const char *text)
{
    terminal_write(&test.terminal, text, strlen(text));
}

/* Row `row` without the spaces at its end. */
static void assert_row(unsigned row, const char *text)
{
    char shown[COLUMNS + 1] = {0};
    for (unsigned column = 0; column < COLUMNS; column++)
        shown[column] = test.cells[row][column].character;
    for (size_t end = COLUMNS; end > 0 && shown[end - 1] == ' '; end--)
        shown[end - 1] = 0;
    assert_string_equal(shown, text);
}

static void assert_cursor(unsigned column, unsigned row)
{
    assert_int_equal(test.cursor_column, column);
    assert_int_equal(test.cursor_row, row);
}

static void it_starts_blank_with_the_cursor_at_the_top_left(void **state UNUSED)
{
    for (unsigned row = 0; row < ROWS; row++)
        assert_row(row, "");
    assert_cursor(0, 0);
}

static void newline_also_returns_to_the_left(void **state UNUSED)
{
    write_text("ab\ncd");
    assert_row(0, "ab");
    assert_row(1, "cd");
    assert_cursor(2, 1);
}

static void return_goes_left_only(void **state UNUSED)
{
    write_text("abc\rx");
    assert_row(0, "xbc");
    assert_cursor(1, 0);
}

static void a_full_row_is_left_only_by_the_next_character(void **state UNUSED)
{
    write_text("0123456789");
    assert_cursor(9, 0);
    write_text("\nx");
    assert_row(1, "x");
    write_text("\r012345678901");
    assert_row(1, "0123456789");
    assert_row(2, "01");
}

static void backspace_walks_back_over_the_end_of_a_row(void **state UNUSED)
{
    write_text("0123456789ab\b\b\bx");
    assert_row(0, "012345678x");
    assert_row(1, "ab");
    write_text("\b\b\by");
    assert_row(0, "0123456y8x");
    write_text("\x1b[H\b\bz");
    assert_row(0, "z123456y8x");
}

static void backspace_from_a_full_row_goes_to_its_last_cell(void **state UNUSED)
{
    write_text("0123456789\bx");
    assert_row(0, "012345678x");
}

static void tab_goes_to_the_next_stop_or_the_last_column(void **state UNUSED)
{
    write_text("a\tb");
    assert_row(0, "a       b");
    write_text("\t");
    assert_cursor(9, 0);
}

static void the_screen_scrolls_at_the_bottom(void **state UNUSED)
{
    write_text("1\n2\n3\n4");
    assert_row(0, "1");
    write_text("\n5");
    assert_row(0, "2");
    assert_row(3, "5");
    assert_cursor(1, 3);
}

static void cursor_sequences_move_and_stay_inside(void **state UNUSED)
{
    write_text("\x1b[2B\x1b[3C");
    assert_cursor(3, 2);
    write_text("\x1b[A\x1b[D");
    assert_cursor(2, 1);
    write_text("\x1b[99B\x1b[99C");
    assert_cursor(9, 3);
    write_text("\x1b[99A\x1b[99D");
    assert_cursor(0, 0);
    write_text("\x1b[3;5H");
    assert_cursor(4, 2);
    write_text("\x1b[99;99H");
    assert_cursor(9, 3);
    write_text("\x1b[H");
    assert_cursor(0, 0);
}

static void erasing_in_the_row_keeps_the_rest(void **state UNUSED)
{
    write_text("abcde\nabcde\nabcde\x1b[1;3H\x1b[K");
    assert_row(0, "ab");
    write_text("\x1b[2;3H\x1b[1K");
    assert_row(1, "   de");
    write_text("\x1b[3;3H\x1b[2K");
    assert_row(2, "");
    assert_row(1, "   de");
}

static void erasing_in_the_screen_keeps_the_rest(void **state UNUSED)
{
    write_text("abc\nabc\nabc\nabc\x1b[2;2H\x1b[J");
    assert_row(0, "abc");
    assert_row(1, "a");
    assert_row(2, "");
    assert_row(3, "");
    write_text("\x1b[2J");
    assert_row(0, "");
    assert_cursor(1, 1);
}

static uint8_t colour_after(const char *text)
{
    write_text("\x1b[H");
    write_text(text);
    write_text("x");
    return test.cells[0][0].colour;
}

static void colours_are_the_screens_own(void **state UNUSED)
{
    assert_int_equal(colour_after(""), 0x07);
    assert_int_equal(colour_after("\x1b[31m"), 0x04);
    assert_int_equal(colour_after("\x1b[1m"), 0x0c);
    assert_int_equal(colour_after("\x1b[44m"), 0x1c);
    assert_int_equal(colour_after("\x1b[39;49m"), 0x07);
    assert_int_equal(colour_after("\x1b[7m"), 0x70);
    assert_int_equal(colour_after("\x1b[m"), 0x07);
    assert_int_equal(colour_after("\x1b[0;93m"), 0x0e);
    assert_int_equal(colour_after("\x1b[0;1;2;3;0m"), 0x0f);
}

static void unknown_bytes_and_sequences_are_skipped(void **state UNUSED)
{
    write_text("a\x1b[5z\x1b[?25h\x1b(\a\x01"
               "b\x1b[99999999999999999999"
               "qc");
    assert_row(0, "abc");
}

static void bytes_that_are_not_ascii_are_question_marks(void **state UNUSED)
{
    write_text("a\xc3\xa4\x7f"
               "b");
    assert_row(0, "a???b");
}

static void sequences_may_come_in_pieces(void **state UNUSED)
{
    write_text("ab\x1b");
    write_text("[");
    write_text("1");
    write_text("Dx");
    assert_row(0, "ax");
}

static void any_bytes_stay_inside_the_screen(void **state UNUSED)
{
    srand(1);
    for (int i = 0; i < 200000; i++) {
        static const char frequent[] = "\x1b[[0129;;ABCDHJKm\n\r\b\tx";
        char byte = rand() % 4 ? frequent[(size_t)rand() % (sizeof(frequent) - 1)] : (char)rand();
        terminal_write(&test.terminal, &byte, 1);
    }
}

#define TEST(rule) cmocka_unit_test_setup(rule, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_starts_blank_with_the_cursor_at_the_top_left),
        TEST(newline_also_returns_to_the_left),
        TEST(return_goes_left_only),
        TEST(a_full_row_is_left_only_by_the_next_character),
        TEST(backspace_walks_back_over_the_end_of_a_row),
        TEST(backspace_from_a_full_row_goes_to_its_last_cell),
        TEST(tab_goes_to_the_next_stop_or_the_last_column),
        TEST(the_screen_scrolls_at_the_bottom),
        TEST(cursor_sequences_move_and_stay_inside),
        TEST(erasing_in_the_row_keeps_the_rest),
        TEST(erasing_in_the_screen_keeps_the_rest),
        TEST(colours_are_the_screens_own),
        TEST(unknown_bytes_and_sequences_are_skipped),
        TEST(bytes_that_are_not_ascii_are_question_marks),
        TEST(sequences_may_come_in_pieces),
        TEST(any_bytes_stay_inside_the_screen),
    };
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
