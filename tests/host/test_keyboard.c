/* What the keyboard's codes mean: kernel/device/scancode.c. */
#include "kernel/device/scancode.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Decodes `codes` one after the other with a fresh keyboard; they make exactly `expected`. */
static void assert_typed(const char *codes, size_t count, const char *expected)
{
    struct scancode_decoder decoder = {0};
    char typed[64] = {0};
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += scancode_decode(&decoder, (uint8_t)codes[i], typed + length);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(typed, expected, length);
}

#define ASSERT_TYPED(codes, expected) assert_typed(codes, sizeof(codes) - 1, expected)

static void keys_make_characters_when_pressed(void **state UNUSED)
{
    ASSERT_TYPED("\x25\xa5\x26\xa6\x18\x98\x1e\x9e\x20\xa0", "kload");
    ASSERT_TYPED("\x02\x0b\x39\x35\x34\x27\x28", "10 /.;'");
}

static void shift_holds_until_it_is_released(void **state UNUSED)
{
    ASSERT_TYPED("\x2a\x1e\x9e\x02\xaa\x1e\x02", "A!a1");
    ASSERT_TYPED("\x36\x0c\x28\xb6\x0c", "_\"-");
    ASSERT_TYPED("\x2a\x36\xaa\x1e\xb6\x1e", "Aa");
}

static void caps_lock_changes_letters_only(void **state UNUSED)
{
    ASSERT_TYPED("\x3a\xba\x1e\x02\x2a\x1e\xaa\x3a\xba\x1e", "A1aa");
}

static void control_makes_control_bytes(void **state UNUSED)
{
    ASSERT_TYPED("\x1d\x2e\x9d\x2e", "\x03"
                                     "c");
    ASSERT_TYPED("\xe0\x1d\x26\xe0\x9d\x26", "\x0cl");
}

static void editing_keys_are_those_of_a_serial_terminal(void **state UNUSED)
{
    ASSERT_TYPED("\x1c\x0e\x0f", "\r\x7f\t");
}

static void cursor_keys_make_vt100_sequences(void **state UNUSED)
{
    ASSERT_TYPED("\xe0\x48\xe0\xc8\xe0\x50\xe0\x4d\xe0\x4b", "\x1b[A\x1b[B\x1b[C\x1b[D");
    ASSERT_TYPED("\xe0\x47\xe0\x4f\xe0\x53", "\x1b[H\x1b[F\x1b[3~");
}

static void the_shifts_that_surround_cursor_keys_are_no_shifts(void **state UNUSED)
{
    ASSERT_TYPED("\xe0\x2a\xe0\x48\xe0\xc8\xe0\xaa\x1e", "\x1b[Aa");
    ASSERT_TYPED("\x2a\xe0\xaa\xe0\x48\x1e", "\x1b[AA");
}

static void keypad_makes_digits_and_signs(void **state UNUSED)
{
    ASSERT_TYPED("\x4f\x4c\x49\x53\x4a\x4e\x37\xe0\x35\xe0\x1c", "159.-+*/\r");
}

static void pause_makes_nothing(void **state UNUSED)
{
    ASSERT_TYPED("\xe1\x1d\x45\xe1\x9d\xc5\x1e", "a");
}

static void unknown_keys_make_nothing(void **state UNUSED)
{
    ASSERT_TYPED("\x3b\xbb\x58\x7f\xff\x00\xe0\x5b\xe0\x52\x38\x1e\xb8", "a");
}

static void any_code_stays_inside_the_tables(void **state UNUSED)
{
    struct scancode_decoder decoder = {0};
    srand(1);
    for (int i = 0; i < 100000; i++) {
        char bytes[SCANCODE_BYTES_MAX];
        assert_true(scancode_decode(&decoder, (uint8_t)rand(), bytes) <= sizeof(bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_make_characters_when_pressed),
        cmocka_unit_test(shift_holds_until_it_is_released),
        cmocka_unit_test(caps_lock_changes_letters_only),
        cmocka_unit_test(control_makes_control_bytes),
        cmocka_unit_test(editing_keys_are_those_of_a_serial_terminal),
        cmocka_unit_test(cursor_keys_make_vt100_sequences),
        cmocka_unit_test(the_shifts_that_surround_cursor_keys_are_no_shifts),
        cmocka_unit_test(keypad_makes_digits_and_signs),
        cmocka_unit_test(pause_makes_nothing),
        cmocka_unit_test(unknown_keys_make_nothing),
        cmocka_unit_test(any_code_stays_inside_the_tables),
    };
    return cmocka_run_group_tests_name("keyboard", tests, NULL, NULL);
}
