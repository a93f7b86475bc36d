/* lib/text.c: copying, numbers, patterns, likeness of names. */
#include "tests/host/support.h"

#include <string.h>

#include "lib/text.h"

/* ---- text_copy ---- */

static void copy_that_fits_is_whole(void **state UNUSED)
{
    char to[8];
    assert_true(text_copy(to, sizeof(to), "mortise"));
    assert_string_equal(to, "mortise");
    assert_true(text_copy(to, sizeof(to), ""));
    assert_string_equal(to, "");
}

static void copy_that_does_not_fit_is_cut_and_ended(void **state UNUSED)
{
    char to[7];
    assert_false(text_copy(to, sizeof(to), "mortise"));
    assert_string_equal(to, "mortis");
    assert_false(text_copy(to, 1, "x"));
    assert_string_equal(to, "");
}

static void copy_into_one_byte_takes_the_empty_text(void **state UNUSED)
{
    char to[1] = {'x'};
    assert_true(text_copy(to, sizeof(to), ""));
    assert_int_equal(to[0], 0);
}

static void copy_writes_nothing_behind_the_text(void **state UNUSED)
{
    char to[8] = "-------";
    assert_true(text_copy(to, sizeof(to), "ab"));
    assert_memory_equal(to, "ab\0----", 8);
}

static void copy_into_no_bytes_is_a_mistake(void **state UNUSED)
{
    char to[1];
    assert_fires((void)text_copy(to, 0, "x"));
}

/* ---- text_to_u64 ---- */

struct number_case {
    const char *text;
    uint64_t value;
};

static void decimal_and_hexadecimal_numbers_are_read(void **state UNUSED)
{
    static const struct number_case cases[] = {
        {"0", 0},
        {"7", 7},
        {"007", 7},
        {"1234567890", 1234567890},
        {"0x0", 0},
        {"0xff", 255},
        {"0xAbCdEf", 0xabcdef},
        {"18446744073709551615", UINT64_MAX},
        {"00000000000000000000000018446744073709551615", UINT64_MAX},
        {"0xffffffffffffffff", UINT64_MAX},
        {"0x0000ffffffffffffffff", UINT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint64_t value = 1;
        assert_true(text_to_u64(cases[i].text, &value));
        assert_int_equal(value, cases[i].value);
    }
}

static void number_not_read(const char *text)
{
    uint64_t value = 4711;
    if (text_to_u64(text, &value))
        fail_msg("\"%s\" was read as a number", text);
    assert_int_equal(value, 4711);
}

static void number_of_20_digits_does_not_fit(void **state UNUSED)
{
    number_not_read("18446744073709551616");
    number_not_read("99999999999999999999");
    number_not_read("184467440737095516150");
}

static void hexadecimal_number_of_17_digits_does_not_fit(void **state UNUSED)
{
    number_not_read("0x10000000000000000");
    number_not_read("0xfffffffffffffffff");
}

static void empty_number_is_refused(void **state UNUSED)
{
    number_not_read("");
    number_not_read("0x");
}

static void number_with_any_other_character_is_refused(void **state UNUSED)
{
    static const char *const cases[] = {" 1", "1 ",  "-1",   "+1",  "1a",   "ff", "0xg", "0x 1",
                                        "1.", "0b1", "0X10", "1\n", "0x-1", "x1", "/",   ":"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        number_not_read(cases[i]);
}

/* ---- text_field_decimal ---- */

static bool field_read(const char *field, uint64_t *value)
{
    return text_field_decimal((const uint8_t *)field, strlen(field), value);
}

static void field_is_digits_then_spaces(void **state UNUSED)
{
    uint64_t value = 0;
    assert_true(field_read("42        ", &value));
    assert_int_equal(value, 42);
    assert_true(field_read("0", &value));
    assert_int_equal(value, 0);
    assert_true(field_read("9999999999", &value));
    assert_int_equal(value, 9999999999);
    assert_true(field_read("18446744073709551615 ", &value));
    assert_int_equal(value, UINT64_MAX);
}

static void field_ends_at_its_length(void **state UNUSED)
{
    uint64_t value = 0;
    assert_true(text_field_decimal((const uint8_t *)"123456", 3, &value));
    assert_int_equal(value, 123);
}

static void field_with_anything_else_is_refused(void **state UNUSED)
{
    static const char *const cases[] = {"",     " ",   "          ", " 1",
                                        "1 2",  "1x",  "x",          "-1",
                                        "0x10", "1\t", "1/",         "18446744073709551616"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint64_t value = 4711;
        if (field_read(cases[i], &value))
            fail_msg("\"%s\" was read as a field", cases[i]);
        assert_int_equal(value, 4711);
    }
}

static void field_with_a_zero_byte_is_refused(void **state UNUSED)
{
    uint64_t value = 4711;
    assert_false(text_field_decimal((const uint8_t *)"12\0 ", 4, &value));
    assert_false(text_field_decimal((const uint8_t *)"12 \0", 4, &value));
    assert_int_equal(value, 4711);
}

/* ---- text_matches, text_starts_with ---- */

struct pattern_case {
    const char *pattern;
    const char *name;
    bool matches;
};

static void patterns_match_as_their_stars_and_marks_say(void **state UNUSED)
{
    static const struct pattern_case cases[] = {
        {"", "", true},          {"", "a", false},         {"a", "", false},
        {"abc", "abc", true},    {"abc", "abd", false},    {"abc", "ab", false},
        {"ab", "abc", false},    {"*", "", true},          {"*", "anything", true},
        {"**", "", true},        {"?", "", false},         {"?", "x", true},
        {"??", "x", false},      {"k*", "kmalloc", true},  {"k*", "printk", false},
        {"*k", "printk", true},  {"*k", "kmalloc", false}, {"*al*", "kmalloc", true},
        {"a*c", "abcbc", true},  {"a*c", "abcb", false},   {"a*b*c", "axxbxxc", true},
        {"a*b*c", "acb", false}, {"*?", "", false},        {"*?", "a", true},
        {"?*", "abc", true},     {"a?c", "abc", true},     {"a?c", "ac", false},
        {"*aab", "aaaab", true}, {"*ab*ab", "ab", false},  {"*ab*ab", "abab", true},
        {"a*", "*a", false},     {"**a**", "bab", true},   {"*a?", "aaab", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        if (text_matches(cases[i].pattern, cases[i].name) != cases[i].matches)
            fail_msg("pattern \"%s\", name \"%s\"", cases[i].pattern, cases[i].name);
    }
}

/* The rule itself, in its shortest and slowest form. */
static bool matches_by_definition(const char *pattern, const char *name)
{
    if (*pattern == '*')
        return matches_by_definition(pattern + 1, name) ||
               (*name != 0 && matches_by_definition(pattern, name + 1));
    if (*pattern == 0 || *name == 0)
        return *pattern == *name;
    return (*pattern == '?' || *pattern == *name) && matches_by_definition(pattern + 1, name + 1);
}

static void text_of_letters(char *to, size_t length, const char *letters, uint64_t *random)
{
    for (size_t i = 0; i < length; i++)
        to[i] = letters[random_next(random) % strlen(letters)];
    to[length] = 0;
}

static void patterns_match_as_the_definition_does(void **state UNUSED)
{
    uint64_t random = 2;
    unsigned matched = 0;
    for (int i = 0; i < 50000; i++) {
        char pattern[8], name[8];
        text_of_letters(pattern, random_next(&random) % 7, "ab?**", &random);
        text_of_letters(name, random_next(&random) % 7, "ab", &random);
        bool expected = matches_by_definition(pattern, name);
        matched += expected;
        if (text_matches(pattern, name) != expected)
            fail_msg("pattern \"%s\", name \"%s\"", pattern, name);
    }
    assert_in_range(matched, 5000, 45000);
}

static void many_stars_do_not_take_for_ever(void **state UNUSED)
{
    char name[4096];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    assert_false(text_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}

static void text_starts_with_its_beginnings_only(void **state UNUSED)
{
    assert_true(text_starts_with("loglevel=3", "loglevel="));
    assert_true(text_starts_with("abc", "abc"));
    assert_true(text_starts_with("abc", ""));
    assert_true(text_starts_with("", ""));
    assert_false(text_starts_with("ab", "abc"));
    assert_false(text_starts_with("", "a"));
    assert_false(text_starts_with("xabc", "abc"));
}

/* ---- text_distance ---- */

struct distance_case {
    const char *a;
    const char *b;
    unsigned distance;
};

static void distance_counts_edits(void **state UNUSED)
{
    static const struct distance_case cases[] = {
        {"", "", 0},
        {"same", "same", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"printk", "print", 1},
        {"print", "printk", 1},
        {"printk", "printf", 1},
        {"kitten", "sitting", 3},
        {"flaw", "lawn", 2},
        {"a", "b", 1},
        {"ab", "cd", 2},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_int_equal(text_distance(cases[i].a, cases[i].b, 100), cases[i].distance);
}

static void distance_counts_a_swap_of_neighbours_once(void **state UNUSED)
{
    assert_int_equal(text_distance("ab", "ba", 9), 1);
    assert_int_equal(text_distance("kmalloc", "kmlaloc", 9), 1);
    assert_int_equal(text_distance("abcd", "badc", 9), 2);
}

static void distance_edits_no_part_of_a_name_twice(void **state UNUSED)
{
    assert_int_equal(text_distance("ca", "abc", 9), 3);
}

static void distance_over_the_limit_is_limit_plus_one(void **state UNUSED)
{
    assert_int_equal(text_distance("kitten", "sitting", 3), 3);
    assert_int_equal(text_distance("kitten", "sitting", 2), 3);
    assert_int_equal(text_distance("kitten", "sitting", 0), 1);
    assert_int_equal(text_distance("a", "abcdefgh", 2), 3);
    assert_int_equal(text_distance("same", "same", 0), 0);
}

static void distance_looks_at_63_characters(void **state UNUSED)
{
    char a[100], b[100];
    memset(a, 'x', sizeof(a));
    memset(b, 'y', sizeof(b));
    a[99] = b[99] = 0;
    assert_int_equal(text_distance(a, b, 100), 63);
    memset(b, 'x', 63);
    assert_int_equal(text_distance(a, b, 100), 0);
    b[62] = 'y';
    assert_int_equal(text_distance(a, b, 100), 1);
}

static void distance_is_the_same_both_ways(void **state UNUSED)
{
    uint64_t random = 3;
    for (int i = 0; i < 10000; i++) {
        char a[16], b[16];
        text_of_letters(a, random_next(&random) % 12, "abc", &random);
        text_of_letters(b, random_next(&random) % 12, "abc", &random);
        unsigned limit = (unsigned)(random_next(&random) % 6);
        assert_int_equal(text_distance(a, b, limit), text_distance(b, a, limit));
        assert_int_equal(text_distance(a, b, 20) == 0, strcmp(a, b) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_that_fits_is_whole),
        cmocka_unit_test(copy_that_does_not_fit_is_cut_and_ended),
        cmocka_unit_test(copy_into_one_byte_takes_the_empty_text),
        cmocka_unit_test(copy_writes_nothing_behind_the_text),
        cmocka_unit_test(copy_into_no_bytes_is_a_mistake),
        cmocka_unit_test(decimal_and_hexadecimal_numbers_are_read),
        cmocka_unit_test(number_of_20_digits_does_not_fit),
        cmocka_unit_test(hexadecimal_number_of_17_digits_does_not_fit),
        cmocka_unit_test(empty_number_is_refused),
        cmocka_unit_test(number_with_any_other_character_is_refused),
        cmocka_unit_test(field_is_digits_then_spaces),
        cmocka_unit_test(field_ends_at_its_length),
        cmocka_unit_test(field_with_anything_else_is_refused),
        cmocka_unit_test(field_with_a_zero_byte_is_refused),
        cmocka_unit_test(patterns_match_as_their_stars_and_marks_say),
        cmocka_unit_test(patterns_match_as_the_definition_does),
        cmocka_unit_test(many_stars_do_not_take_for_ever),
        cmocka_unit_test(text_starts_with_its_beginnings_only),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(distance_counts_a_swap_of_neighbours_once),
        cmocka_unit_test(distance_edits_no_part_of_a_name_twice),
        cmocka_unit_test(distance_over_the_limit_is_limit_plus_one),
        cmocka_unit_test(distance_looks_at_63_characters),
        cmocka_unit_test(distance_is_the_same_both_ways),
    };
    return cmocka_run_group_tests_name("lib_text", tests, NULL, NULL);
}
