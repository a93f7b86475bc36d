/*
 * lib/format.c. The oracle is the C library's snprintf: every combination of flags, width,
 * precision, length and conversion must give the same text and the same length.
 */
#include "tests/host/support.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/format.h"

static const char *const widths[] = {"", "1", "7", "23"};
static const char *const precisions[] = {"", ".", ".0", ".1", ".5", ".25"};

/* The 32 sets of flags. */
static void flags_write(char *to, unsigned set)
{
    for (unsigned i = 0; i < 5; i++) {
        if ((set & 1u << i) != 0)
            *to++ = "-0+ #"[i];
    }
    *to = 0;
}

/* Hides from the compiler a format that it would rightly call odd. */
static const char *odd(const char *format)
{
    const char *volatile hidden = format;
    return hidden;
}

/* Checks one format with one argument against the oracle, whole and cut. */
#define assert_as_oracle(format, ...)                                                              \
    do {                                                                                           \
        char expected[256], actual[256];                                                           \
        int length = snprintf(expected, sizeof(expected), format, __VA_ARGS__);                    \
        size_t size = format_text(actual, sizeof(actual), format, __VA_ARGS__);                    \
        if (size != (size_t)length || strcmp(expected, actual) != 0)                               \
            fail_msg("\"%s\": \"%s\", not \"%s\"", format, actual, expected);                      \
    } while (0)

static void assert_number_as_oracle(const char *flags_width_precision, uint64_t value)
{
    static const char conversions[] = "diuxXo";
    char format[64];
    for (const char *conversion = conversions; *conversion != 0; conversion++) {
        snprintf(format, sizeof(format), "<%%%s%c>", flags_width_precision, *conversion);
        assert_as_oracle(format, (int)value);
        snprintf(format, sizeof(format), "<%%%shh%c>", flags_width_precision, *conversion);
        assert_as_oracle(format, (int)value);
        snprintf(format, sizeof(format), "<%%%sh%c>", flags_width_precision, *conversion);
        assert_as_oracle(format, (int)value);
        snprintf(format, sizeof(format), "<%%%sl%c>", flags_width_precision, *conversion);
        assert_as_oracle(format, (long)value);
        snprintf(format, sizeof(format), "<%%%sll%c>", flags_width_precision, *conversion);
        assert_as_oracle(format, (long long)value);
        snprintf(format, sizeof(format), "<%%%sz%c>", flags_width_precision, *conversion);
        assert_as_oracle(format, (size_t)value);
        snprintf(format, sizeof(format), "<%%%st%c>", flags_width_precision, *conversion);
        assert_as_oracle(format, (ptrdiff_t)value);
        snprintf(format, sizeof(format), "<%%%sj%c>", flags_width_precision, *conversion);
        assert_as_oracle(format, (intmax_t)value);
    }
}

static void numbers_are_formatted_as_by_the_c_library(void **state UNUSED)
{
    uint64_t random = 1;
    for (unsigned set = 0; set < 32; set++) {
        for (size_t w = 0; w < ARRAY_COUNT(widths); w++) {
            for (size_t p = 0; p < ARRAY_COUNT(precisions); p++) {
                char flags[8], prefix[32];
                flags_write(flags, set);
                snprintf(prefix, sizeof(prefix), "%s%s%s", flags, widths[w], precisions[p]);
                assert_number_as_oracle(prefix, 0);
                assert_number_as_oracle(prefix, UINT64_MAX);
                assert_number_as_oracle(prefix, random_next(&random));
                assert_number_as_oracle(prefix, random_next(&random) >> random % 64);
            }
        }
    }
}

static void numbers_at_the_edges_are_formatted_as_by_the_c_library(void **state UNUSED)
{
    static const uint64_t edges[] = {1,
                                     7,
                                     8,
                                     9,
                                     10,
                                     15,
                                     16,
                                     127,
                                     128,
                                     255,
                                     256,
                                     32767,
                                     32768,
                                     65535,
                                     65536,
                                     INT_MAX,
                                     INT_MIN,
                                     UINT_MAX,
                                     LONG_MAX,
                                     (uint64_t)LONG_MIN,
                                     UINT64_MAX / 10,
                                     UINT64_MAX - 1,
                                     10000000000000000000ull};
    for (size_t i = 0; i < ARRAY_COUNT(edges); i++) {
        assert_number_as_oracle("", edges[i]);
        assert_number_as_oracle("#", edges[i]);
        assert_number_as_oracle("020", edges[i]);
    }
}

static void random_numbers_are_formatted_as_by_the_c_library(void **state UNUSED)
{
    uint64_t random = 4;
    for (int i = 0; i < 20000; i++) {
        uint64_t value = random_next(&random) >> random % 64;
        assert_as_oracle("%lu", value);
        assert_as_oracle("%ld", (long)value);
        assert_as_oracle("%#lx", value);
        assert_as_oracle("%lo", value);
    }
}

static void texts_are_formatted_as_by_the_c_library(void **state UNUSED)
{
    static const char *const texts[] = {"", "a", "mortise", "a text that is longer than a width"};
    for (size_t t = 0; t < ARRAY_COUNT(texts); t++) {
        for (size_t w = 0; w < ARRAY_COUNT(widths); w++) {
            for (size_t p = 0; p < ARRAY_COUNT(precisions); p++) {
                char format[32];
                snprintf(format, sizeof(format), "<%%%s%ss>", widths[w], precisions[p]);
                assert_as_oracle(format, texts[t]);
                snprintf(format, sizeof(format), "<%%-%s%ss>", widths[w], precisions[p]);
                assert_as_oracle(format, texts[t]);
            }
        }
    }
}

static void characters_are_formatted_as_by_the_c_library(void **state UNUSED)
{
    for (int c = 1; c < 256; c++) {
        assert_as_oracle("<%c>", c);
        assert_as_oracle("<%5c>", c);
        assert_as_oracle("<%-5c>", c);
    }
}

static void zero_character_is_written(void **state UNUSED)
{
    char text[8];
    assert_int_equal(format_text(text, sizeof(text), "a%cb", 0), 3);
    assert_memory_equal(text, "a\0b", 4);
}

static void width_and_precision_come_from_arguments(void **state UNUSED)
{
    for (int width = -12; width <= 12; width++) {
        for (int precision = -2; precision <= 12; precision++) {
            assert_as_oracle("<%*.*d>", width, precision, 4711);
            assert_as_oracle(odd("<%0*.*x>"), width, precision, 4711);
            assert_as_oracle("<%-*.*s>", width, precision, "mortise");
        }
        assert_as_oracle("<%*d|%*s|%d>", width, -5, width, "x", 3);
    }
}

static void several_conversions_take_their_arguments_in_order(void **state UNUSED)
{
    assert_as_oracle("%d %s %c %lu %% %hx|%5.2s|%zu", -3, "abc", 'z', 1ul << 40, (short)15, "xyz",
                     sizeof(int));
    assert_as_oracle("%s: %s: E%u: %#lx + %d", "kload", "/a(b)", 231u, 0xffffffff80001000ul, -1);
}

static void more_arguments_than_registers_are_taken(void **state UNUSED)
{
    assert_as_oracle("%d %lld %d %lld %d %lld %d %lld %d", 1, 2ll, 3, 4ll, 5, 6ll, 7, 8ll, 9);
}

static void pointer_is_hexadecimal_with_0x(void **state UNUSED)
{
    assert_as_oracle("%p", (void *)0xffffffff80001000ul);
    assert_as_oracle("<%20p>", (void *)0x1000);
    assert_as_oracle("<%-20p>", (void *)0x1000);
    char text[16];
    format_text(text, sizeof(text), "%p", NULL);
    assert_string_equal(text, "0x0");
}

static void null_text_does_not_fault(void **state UNUSED)
{
    char text[16];
    const char *volatile null = NULL;
    assert_int_equal(format_text(text, sizeof(text), "%s|%8s", null, null), 15);
    assert_string_equal(text, "(null)|  (null)");
}

static void text_with_a_precision_needs_no_zero_byte(void **state UNUSED)
{
    const char name[4] = {'a', 'b', 'c', 'd'};
    char text[16];
    format_text(text, sizeof(text), "%.4s|%.*s", name, 2, name);
    assert_string_equal(text, "abcd|ab");
}

static void assert_formats_as_it_stands(const char *format)
{
    char text[64];
    assert_int_equal(format_text(text, sizeof(text), format, 1, 2), strlen(format));
    assert_string_equal(text, format);
}

static void unknown_conversion_is_written_as_it_stands(void **state UNUSED)
{
    assert_formats_as_it_stands("a %q b");
    assert_formats_as_it_stands("%n");
    assert_formats_as_it_stands("%-08.3lly.");
    assert_formats_as_it_stands("%f");
    assert_formats_as_it_stands("%Ld");
}

static void conversion_that_ends_early_is_written_as_it_stands(void **state UNUSED)
{
    assert_formats_as_it_stands("100%");
    assert_formats_as_it_stands("%5");
    assert_formats_as_it_stands("%-.");
    assert_formats_as_it_stands("%hh");
    assert_formats_as_it_stands("%l");
}

static void two_percent_signs_are_one(void **state UNUSED)
{
    char text[8];
    assert_int_equal(format_text(text, sizeof(text), "%d%%", 50), 3);
    assert_string_equal(text, "50%");
}

static void text_that_does_not_fit_is_cut_and_its_length_told(void **state UNUSED)
{
    for (size_t size = 0; size <= 16; size++) {
        char expected[17], actual[17];
        memset(expected, '#', sizeof(expected));
        memset(actual, '#', sizeof(actual));
        int length = snprintf(expected, size, "%s-%05d", "abcd", -12);
        assert_int_equal(format_text(actual, size, "%s-%05d", "abcd", -12), length);
        assert_memory_equal(actual, expected, sizeof(actual));
    }
}

static void length_is_told_without_a_buffer(void **state UNUSED)
{
    assert_int_equal(format_text(NULL, 0, "%d %s", 123, "abc"), 7);
}

static void huge_precision_in_the_format_does_not_overflow(void **state UNUSED)
{
    char text[8];
    assert_int_equal(format_text(text, sizeof(text), odd("%.99999999999999999999s"), "abc"), 3);
    assert_string_equal(text, "abc");
}

struct collector {
    struct format_sink sink;
    char text[64];
    size_t length;
    unsigned empty_pieces;
};

static void collector_put(struct format_sink *sink, const char *text, size_t length)
{
    struct collector *collector = CONTAINER_OF(sink, struct collector, sink);
    assert_true(length <= sizeof(collector->text) - collector->length);
    memcpy(collector->text + collector->length, text, length);
    collector->length += length;
    collector->empty_pieces += length == 0;
}

PRINTF_LIKE(2, 3)
static size_t collect(struct collector *collector, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_to(&collector->sink, format, arguments);
    va_end(arguments);
    return length;
}

static void sink_is_given_everything_and_nothing_empty(void **state UNUSED)
{
    struct collector collector = {.sink = {.put = collector_put}};
    assert_int_equal(collect(&collector, "%s%5d%s|%-20s|", "", 42, "x", "y"), 28);
    assert_int_equal(collector.length, 28);
    assert_memory_equal(collector.text, "   42x|y                   |", 28);
    assert_int_equal(collector.empty_pieces, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_formatted_as_by_the_c_library),
        cmocka_unit_test(numbers_at_the_edges_are_formatted_as_by_the_c_library),
        cmocka_unit_test(random_numbers_are_formatted_as_by_the_c_library),
        cmocka_unit_test(texts_are_formatted_as_by_the_c_library),
        cmocka_unit_test(characters_are_formatted_as_by_the_c_library),
        cmocka_unit_test(zero_character_is_written),
        cmocka_unit_test(width_and_precision_come_from_arguments),
        cmocka_unit_test(several_conversions_take_their_arguments_in_order),
        cmocka_unit_test(more_arguments_than_registers_are_taken),
        cmocka_unit_test(pointer_is_hexadecimal_with_0x),
        cmocka_unit_test(null_text_does_not_fault),
        cmocka_unit_test(text_with_a_precision_needs_no_zero_byte),
        cmocka_unit_test(unknown_conversion_is_written_as_it_stands),
        cmocka_unit_test(conversion_that_ends_early_is_written_as_it_stands),
        cmocka_unit_test(two_percent_signs_are_one),
        cmocka_unit_test(text_that_does_not_fit_is_cut_and_its_length_told),
        cmocka_unit_test(length_is_told_without_a_buffer),
        cmocka_unit_test(huge_precision_in_the_format_does_not_overflow),
        cmocka_unit_test(sink_is_given_everything_and_nothing_empty),
    };
    return cmocka_run_group_tests_name("lib_format", tests, NULL, NULL);
}
