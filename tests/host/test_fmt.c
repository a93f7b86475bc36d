/* The services of modules/fmt, run on the host: layout, rounding, and buffers of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/fmt/fmt.c"

#define SIZE_MAX_TESTED 40

/*
 * Checks a call that has `buffer` and `size_bytes` as its first arguments, for every size of buffer:
 * the return value is always the whole length, the text is cut, and no byte behind it is touched.
 */
#define EXPECT(expected, call)                                                                     \
    for (size_t size_bytes = 0; size_bytes <= SIZE_MAX_TESTED; size_bytes++) {                     \
        char *buffer = malloc(size_bytes > 0 ? size_bytes : 1);                                    \
        char cut[SIZE_MAX_TESTED + 1] = "";                                                        \
        assert_int_equal(call, strlen(expected));                                                  \
        snprintf(cut, size_bytes, "%s", expected);                                                 \
        if (size_bytes > 0)                                                                        \
            assert_string_equal(buffer, cut);                                                      \
        free(buffer);                                                                              \
    }

static void fields_are_filled_up_and_never_cut(void **state)
{
    (void)state;
    EXPECT("ab   ", fmt_pad(buffer, size_bytes, "ab", 5));
    EXPECT("   ab", fmt_right(buffer, size_bytes, "ab", 5));
    EXPECT(" ab  ", fmt_center(buffer, size_bytes, "ab", 5));
    EXPECT("abcdef", fmt_pad(buffer, size_bytes, "abcdef", 5));
    EXPECT("abcdef", fmt_right(buffer, size_bytes, "abcdef", 5));
    EXPECT("abcdef", fmt_center(buffer, size_bytes, "abcdef", 0));
    EXPECT("  ", fmt_center(buffer, size_bytes, "", 2));
    EXPECT("---", fmt_repeat(buffer, size_bytes, '-', 3));
    EXPECT("", fmt_repeat(buffer, size_bytes, '-', 0));
}

static void enormous_widths_are_only_counted(void **state)
{
    (void)state;
    char buffer[4];
    assert_int_equal(fmt_pad(buffer, sizeof(buffer), "ab", SIZE_MAX), SIZE_MAX);
    assert_string_equal(buffer, "ab ");
    assert_int_equal(fmt_center(buffer, sizeof(buffer), "ab", SIZE_MAX), SIZE_MAX);
    assert_string_equal(buffer, "   ");
    assert_int_equal(fmt_repeat(NULL, 0, '-', SIZE_MAX), SIZE_MAX);
}

static void numbers_have_commas(void **state)
{
    (void)state;
    EXPECT("0", fmt_number(buffer, size_bytes, 0));
    EXPECT("999", fmt_number(buffer, size_bytes, 999));
    EXPECT("1,000", fmt_number(buffer, size_bytes, 1000));
    EXPECT("1,020,300", fmt_number(buffer, size_bytes, 1020300));
    EXPECT("18,446,744,073,709,551,615", fmt_number(buffer, size_bytes, UINT64_MAX));
}

static void sizes_use_the_largest_unit(void **state)
{
    (void)state;
    EXPECT("0 B", fmt_size(buffer, size_bytes, 0));
    EXPECT("1023 B", fmt_size(buffer, size_bytes, 1023));
    EXPECT("1.0 KiB", fmt_size(buffer, size_bytes, 1024));
    EXPECT("1.5 KiB", fmt_size(buffer, size_bytes, 1536));
    EXPECT("1023.9 KiB", fmt_size(buffer, size_bytes, (1 << 20) - 1));
    EXPECT("256.0 MiB", fmt_size(buffer, size_bytes, 256 << 20));
    EXPECT("15.9 EiB", fmt_size(buffer, size_bytes, UINT64_MAX));
}

static void durations_use_the_largest_unit(void **state)
{
    (void)state;
    EXPECT("0 ns", fmt_duration(buffer, size_bytes, 0));
    EXPECT("999 ns", fmt_duration(buffer, size_bytes, 999));
    EXPECT("1.00 us", fmt_duration(buffer, size_bytes, 1000));
    EXPECT("1.25 us", fmt_duration(buffer, size_bytes, 1259));
    EXPECT("20.00 ms", fmt_duration(buffer, size_bytes, 20000000));
    EXPECT("999.99 ms", fmt_duration(buffer, size_bytes, 999999999));
    EXPECT("3601.05 s", fmt_duration(buffer, size_bytes, 3601050000000));
    EXPECT("18446744073.70 s", fmt_duration(buffer, size_bytes, UINT64_MAX));
}

/* Wraps the text and puts the lines together again with | between them. */
static const char *wrap(const char *text, size_t width, size_t size_bytes)
{
    static char joined[256];
    joined[0] = 0;
    char *line = malloc(size_bytes);
    for (const char *rest = text; rest != NULL;) {
        rest = fmt_wrap(line, size_bytes, rest, width);
        assert_true(strlen(line) <= width);
        strcat(joined, line);
        strcat(joined, rest != NULL ? "|" : "");
    }
    free(line);
    return joined;
}

static void lines_break_at_blanks(void **state)
{
    (void)state;
    assert_string_equal(wrap("one two three", 7, 64), "one two|three");
    assert_string_equal(wrap("one two three", 8, 64), "one two|three");
    assert_string_equal(wrap("one two three", 6, 64), "one|two|three");
    assert_string_equal(wrap("one two three", 99, 64), "one two three");
    assert_string_equal(wrap("  one   two  ", 3, 64), "one|two");
    assert_string_equal(wrap("", 5, 64), "");
    assert_string_equal(wrap("one\ntwo\n\nthree\n", 9, 64), "one|two||three");
}

static void long_words_and_small_buffers_lose_nothing(void **state)
{
    (void)state;
    assert_string_equal(wrap("abcdefgh ij", 3, 64), "abc|def|gh|ij");
    assert_string_equal(wrap("abc def", 7, 4), "abc|def");
    assert_string_equal(wrap("abc", 7, 2), "a|b|c");
}

static void no_room_ends_the_text(void **state)
{
    (void)state;
    char line[1] = {'x'};
    assert_null(fmt_wrap(line, 1, "abc", 5));
    assert_int_equal(line[0], 0);
    assert_null(fmt_wrap(NULL, 0, "abc", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_filled_up_and_never_cut),
        cmocka_unit_test(enormous_widths_are_only_counted),
        cmocka_unit_test(numbers_have_commas),
        cmocka_unit_test(sizes_use_the_largest_unit),
        cmocka_unit_test(durations_use_the_largest_unit),
        cmocka_unit_test(lines_break_at_blanks),
        cmocka_unit_test(long_words_and_small_buffers_lose_nothing),
        cmocka_unit_test(no_room_ends_the_text),
    };
    return cmocka_run_group_tests_name("fmt", tests, NULL, NULL);
}
