/*
 * lib/string.c and x86's own arch/x86/string.c against the C library: same calls, same bytes, same
 * answers.
 *
 * The kernel's functions are compiled into this file under other names, because a host program
 * already has functions of theirs.
 */
#include "tests/host/support.h"

#include <stdlib.h>
#include <string.h>

#define memcpy  kernel_memcpy
#define memmove kernel_memmove
#define memset  kernel_memset
#define memcmp  kernel_memcmp
#define memchr  kernel_memchr
#define strlen  kernel_strlen
#define strnlen kernel_strnlen
#define strcmp  kernel_strcmp
#define strncmp kernel_strncmp
#define strchr  kernel_strchr
#define strrchr kernel_strrchr
#define strstr  kernel_strstr
#include "arch/x86/string.c"
#undef WORD_BYTES
#undef BYTE_IN_ALL_PLACES
#define word compared_word
#include "lib/string.c"
#undef word
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr

#define AREA_BYTES     160
#define SIZE_MAX_TRIED 80

static void area_fill(unsigned char *area)
{
    for (size_t i = 0; i < AREA_BYTES; i++)
        area[i] = (unsigned char)(i * 7 + 1);
}

/* Calls `check` for every pair of alignments and every size that the word loops treat apart. */
static void for_each_shape(void (*check)(size_t to, size_t from, size_t size))
{
    for (size_t to = 0; to < 9; to++) {
        for (size_t from = 0; from < 9; from++) {
            for (size_t size = 0; size <= SIZE_MAX_TRIED; size++)
                check(to, from, size);
        }
    }
}

static void check_memcpy(size_t to, size_t from, size_t size)
{
    unsigned char source[AREA_BYTES], expected[AREA_BYTES] = {0}, actual[AREA_BYTES] = {0};
    area_fill(source);
    memcpy(expected + to, source + from, size);
    assert_ptr_equal(kernel_memcpy(actual + to, source + from, size), actual + to);
    assert_memory_equal(actual, expected, AREA_BYTES);
}

static void memcpy_copies_exactly_the_bytes_asked_for(void **state UNUSED)
{
    for_each_shape(check_memcpy);
}

static void check_memmove(size_t to, size_t from, size_t size)
{
    unsigned char expected[AREA_BYTES], actual[AREA_BYTES];
    area_fill(expected);
    area_fill(actual);
    memmove(expected + to * 5, expected + from * 5, size);
    assert_ptr_equal(kernel_memmove(actual + to * 5, actual + from * 5, size), actual + to * 5);
    assert_memory_equal(actual, expected, AREA_BYTES);

    memmove(expected + to, expected + from, size);
    kernel_memmove(actual + to, actual + from, size);
    assert_memory_equal(actual, expected, AREA_BYTES);
}

static void memmove_copies_areas_that_overlap(void **state UNUSED)
{
    for_each_shape(check_memmove);
}

static void check_memset(size_t to, size_t from, size_t size)
{
    unsigned char expected[AREA_BYTES], actual[AREA_BYTES];
    int byte = (int)from * 0x3f - 1; /* -1, and numbers over 255, of which the low byte counts */
    area_fill(expected);
    area_fill(actual);
    memset(expected + to, byte, size);
    assert_ptr_equal(kernel_memset(actual + to, byte, size), actual + to);
    assert_memory_equal(actual, expected, AREA_BYTES);
}

static void memset_sets_exactly_the_bytes_asked_for(void **state UNUSED)
{
    for_each_shape(check_memset);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void check_memcmp(size_t a, size_t b, size_t size)
{
    unsigned char left[AREA_BYTES] = {0}, right[AREA_BYTES] = {0};
    area_fill(left);
    memcpy(right + b, left + a, size);
    assert_int_equal(kernel_memcmp(left + a, right + b, size), 0);
    for (size_t i = 0; i < size; i++) {
        unsigned char kept = right[b + i];
        right[b + i] = (unsigned char)(kept + 0x80);
        assert_int_equal(sign(kernel_memcmp(left + a, right + b, size)),
                         sign(memcmp(left + a, right + b, size)));
        assert_int_equal(kernel_memcmp(left + a, right + b, i), 0);
        right[b + i] = kept;
    }
}

static void memcmp_orders_by_the_first_difference_as_unsigned(void **state UNUSED)
{
    for_each_shape(check_memcmp);
}

static void memcmp_looks_at_the_lowest_differing_byte_of_a_word(void **state UNUSED)
{
    assert_true(kernel_memcmp("\1\2\0\0\0\0\0\0", "\2\1\0\0\0\0\0\0", 8) < 0);
    assert_true(kernel_memcmp("\0\0\0\0\0\0\2\1", "\0\0\0\0\0\0\1\2", 8) > 0);
}

static void memchr_finds_the_first_within_the_size(void **state UNUSED)
{
    const char text[] = "abcabc\xff";
    for (size_t size = 0; size <= sizeof(text); size++) {
        for (int byte = -1; byte < 512; byte++)
            assert_ptr_equal(kernel_memchr(text, byte, size), memchr(text, byte, size));
    }
}

/* Copies with no byte to spare, so that the sanitizer sees every read past the end. */
static char *text_duplicate(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    assert_non_null(copy);
    return memcpy(copy, text, size);
}

static const char *const texts[] = {
    "",  "a",    "b",     "ab",         "abc",         "abd",    "abcabc", "aab",
    "b", "\xff", "a\xff", "aaaaaaaaab", "aaaaaaaaaab", "ababac", "abac",   "a longer text, /unix",
};

static void strlen_counts_up_to_the_zero_byte(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        char *text = text_duplicate(texts[i]);
        assert_int_equal(kernel_strlen(text), strlen(text));
        free(text);
    }
}

static void strnlen_does_not_look_past_its_size(void **state UNUSED)
{
    char *bytes = malloc(3);
    assert_non_null(bytes);
    memset(bytes, 'x', 3);
    for (size_t size = 0; size <= 3; size++)
        assert_int_equal(kernel_strnlen(bytes, size), size);
    bytes[1] = 0;
    assert_int_equal(kernel_strnlen(bytes, 3), 1);
    free(bytes);
}

static void check_text_pair(const char *a, const char *b)
{
    assert_int_equal(sign(kernel_strcmp(a, b)), sign(strcmp(a, b)));
    for (size_t size = 0; size < 14; size++)
        assert_int_equal(sign(kernel_strncmp(a, b, size)), sign(strncmp(a, b, size)));
    assert_ptr_equal(kernel_strstr(a, b), strstr(a, b));
}

static void pairs_of_texts_compare_and_contain_as_in_the_c_library(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(texts); j++) {
            char *a = text_duplicate(texts[i]);
            char *b = text_duplicate(texts[j]);
            check_text_pair(a, b);
            free(a);
            free(b);
        }
    }
}

static void strncmp_needs_no_zero_byte_within_its_size(void **state UNUSED)
{
    char *a = malloc(3);
    assert_non_null(a);
    memcpy(a, "abc", 3);
    assert_int_equal(kernel_strncmp(a, "abcd", 3), 0);
    assert_true(kernel_strncmp(a, "abd", 3) < 0);
    free(a);
}

static void strchr_finds_the_first_and_strrchr_the_last(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        char *text = text_duplicate(texts[i]);
        for (int byte = -1; byte < 512; byte++) {
            assert_ptr_equal(kernel_strchr(text, byte), strchr(text, byte));
            assert_ptr_equal(kernel_strrchr(text, byte), strrchr(text, byte));
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memcpy_copies_exactly_the_bytes_asked_for),
        cmocka_unit_test(memmove_copies_areas_that_overlap),
        cmocka_unit_test(memset_sets_exactly_the_bytes_asked_for),
        cmocka_unit_test(memcmp_orders_by_the_first_difference_as_unsigned),
        cmocka_unit_test(memcmp_looks_at_the_lowest_differing_byte_of_a_word),
        cmocka_unit_test(memchr_finds_the_first_within_the_size),
        cmocka_unit_test(strlen_counts_up_to_the_zero_byte),
        cmocka_unit_test(strnlen_does_not_look_past_its_size),
        cmocka_unit_test(pairs_of_texts_compare_and_contain_as_in_the_c_library),
        cmocka_unit_test(strncmp_needs_no_zero_byte_within_its_size),
        cmocka_unit_test(strchr_finds_the_first_and_strrchr_the_last),
    };
    return cmocka_run_group_tests_name("lib_string", tests, NULL, NULL);
}
