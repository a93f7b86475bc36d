/*
 * libcsys against the C library: same calls, same bytes, same answers.
 *
 * The routines are compiled into this file under other names, because a host program already has
 * functions of theirs.
 */
#include "tests/host/support.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/compiler.h"

#define a64l    csys_a64l
#define atoi    csys_atoi
#define bcmp    csys_bcmp
#define bcopy   csys_bcopy
#define bzero   csys_bzero
#define memccpy csys_memccpy
#define memchr  csys_memchr
#define memcmp  csys_memcmp
#define memcpy  csys_memcpy
#define memmove csys_memmove
#define memset  csys_memset
#define ovbcopy csys_ovbcopy
#define strcat  csys_strcat
#define strchr  csys_strchr
#define strcmp  csys_strcmp
#define strcpy  csys_strcpy
#define strcspn csys_strcspn
#define strlen  csys_strlen
#define strncat csys_strncat
#define strncmp csys_strncmp
#define strncpy csys_strncpy
#define strpbrk csys_strpbrk
#define strrchr csys_strrchr
#define strspn  csys_strspn
#define strstr  csys_strstr
#define strtok  csys_strtok
#include "libcsys/a64l.c"
#include "libcsys/atoi.c"
#include "libcsys/bcmp.c"
#include "libcsys/bcopy.c"
#include "libcsys/bzero.c"
#include "libcsys/memccpy.c"
#include "libcsys/memchr.c"
#include "libcsys/memcmp.c"
#include "libcsys/memcpy.c"
#include "libcsys/memmove.c"
#include "libcsys/memset.c"
#include "libcsys/ovbcopy.c"
#include "libcsys/strcat.c"
#include "libcsys/strchr.c"
#include "libcsys/strcmp.c"
#include "libcsys/strcpy.c"
#include "libcsys/strcspn.c"
#include "libcsys/strlen.c"
#include "libcsys/strncat.c"
#include "libcsys/strncmp.c"
#include "libcsys/strncpy.c"
#include "libcsys/strpbrk.c"
#include "libcsys/strrchr.c"
#include "libcsys/strspn.c"
#include "libcsys/strstr.c"
#include "libcsys/strtok.c"
#undef a64l
#undef atoi
#undef bcmp
#undef bcopy
#undef bzero
#undef memccpy
#undef memchr
#undef memcmp
#undef memcpy
#undef memmove
#undef memset
#undef ovbcopy
#undef strcat
#undef strchr
#undef strcmp
#undef strcpy
#undef strcspn
#undef strlen
#undef strncat
#undef strncmp
#undef strncpy
#undef strpbrk
#undef strrchr
#undef strspn
#undef strstr
#undef strtok

#define AREA_BYTES     160
#define SIZE_MAX_TRIED 70

static void area_fill(unsigned char *area)
{
    for (size_t i = 0; i < AREA_BYTES; i++)
        area[i] = (unsigned char)(i * 7 + 1);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

/* Calls `check` for every pair of alignments and every size that loops over words treat apart. */
static void for_each_shape(void (*check)(size_t to, size_t from, size_t size))
{
    for (size_t to = 0; to < 9; to++) {
        for (size_t from = 0; from < 9; from++) {
            for (size_t size = 0; size <= SIZE_MAX_TRIED; size++)
                check(to, from, size);
        }
    }
}

/* --- bytes --- */

static void check_memcpy(size_t to, size_t from, size_t size)
{
    unsigned char source[AREA_BYTES], expected[AREA_BYTES] = {0}, actual[AREA_BYTES] = {0};
    area_fill(source);
    memcpy(expected + to, source + from, size);
    assert_ptr_equal(csys_memcpy(actual + to, source + from, size), actual + to);
    assert_memory_equal(actual, expected, AREA_BYTES);
}

static void memcpy_copies_exactly_the_bytes_asked_for(void **state UNUSED)
{
    for_each_shape(check_memcpy);
}

/* All three that may overlap, in both directions. */
static void check_overlapping(size_t to, size_t from, size_t size)
{
    unsigned char expected[AREA_BYTES], actual[3][AREA_BYTES];
    area_fill(expected);
    for (int i = 0; i < 3; i++)
        area_fill(actual[i]);
    memmove(expected + to * 5, expected + from * 5, size);
    assert_ptr_equal(csys_memmove(actual[0] + to * 5, actual[0] + from * 5, size),
                     actual[0] + to * 5);
    csys_bcopy(actual[1] + from * 5, actual[1] + to * 5, size);
    csys_ovbcopy(actual[2] + from * 5, actual[2] + to * 5, size);
    for (int i = 0; i < 3; i++)
        assert_memory_equal(actual[i], expected, AREA_BYTES);
}

static void memmove_bcopy_and_ovbcopy_copy_areas_that_overlap(void **state UNUSED)
{
    for_each_shape(check_overlapping);
}

static void check_memset(size_t to, size_t from, size_t size)
{
    unsigned char expected[AREA_BYTES], actual[AREA_BYTES];
    int byte = (int)from * 0x3f - 1; /* -1, and numbers over 255, of which the low byte counts */
    area_fill(expected);
    area_fill(actual);
    memset(expected + to, byte, size);
    assert_ptr_equal(csys_memset(actual + to, byte, size), actual + to);
    assert_memory_equal(actual, expected, AREA_BYTES);
    memset(expected + from, 0, size);
    csys_bzero(actual + from, size);
    assert_memory_equal(actual, expected, AREA_BYTES);
}

static void memset_and_bzero_set_exactly_the_bytes_asked_for(void **state UNUSED)
{
    for_each_shape(check_memset);
}

static void memcmp_orders_by_the_first_difference_and_bcmp_only_tells_it(void **state UNUSED)
{
    unsigned char left[AREA_BYTES], right[AREA_BYTES];
    area_fill(left);
    area_fill(right);
    for (size_t at = 0; at < 20; at++) {
        right[at] = (unsigned char)(right[at] + 0x80);
        for (size_t size = 0; size < 24; size++) {
            int expected = sign(memcmp(left, right, size));
            assert_int_equal(sign(csys_memcmp(left, right, size)), expected);
            assert_int_equal(sign(csys_memcmp(right, left, size)), -expected);
            assert_int_equal(csys_bcmp(left, right, size), expected != 0);
        }
        right[at] = left[at];
    }
}

static void memchr_finds_the_first_within_the_size(void **state UNUSED)
{
    const char text[] = "abcabc\xff";
    for (size_t size = 0; size <= sizeof(text); size++) {
        for (int byte = -1; byte < 512; byte++)
            assert_ptr_equal(csys_memchr(text, byte, size), memchr(text, byte, size));
    }
}

static void memccpy_copies_up_to_and_with_the_byte(void **state UNUSED)
{
    const char text[] = "abcabc\xff";
    for (size_t size = 0; size <= sizeof(text); size++) {
        for (int byte = -1; byte < 512; byte++) {
            char expected[16] = "", actual[16] = "";
            char *end = memccpy(expected, text, byte, size);
            char *actual_end = csys_memccpy(actual, text, byte, size);
            assert_memory_equal(actual, expected, sizeof(actual));
            assert_int_equal(actual_end == NULL, end == NULL);
            if (end != NULL)
                assert_int_equal(actual_end - actual, end - expected);
        }
    }
}

/* --- text --- */

static const char *const texts[] = {
    "",  "a",    "b",     "ab",         "abc",         "abd",    "abcabc", "aab",
    "b", "\xff", "a\xff", "aaaaaaaaab", "aaaaaaaaaab", "ababac", "abac",   "a longer text, /unix",
};

/* Copies with no byte to spare, so that the sanitizer sees every read past the end. */
static char *text_duplicate(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    assert_non_null(copy);
    return memcpy(copy, text, size);
}

static void check_looking(const char *a, const char *b)
{
    assert_int_equal(csys_strlen(a), strlen(a));
    assert_int_equal(sign(csys_strcmp(a, b)), sign(strcmp(a, b)));
    for (size_t size = 0; size < 14; size++)
        assert_int_equal(sign(csys_strncmp(a, b, size)), sign(strncmp(a, b, size)));
    assert_ptr_equal(csys_strstr(a, b), strstr(a, b));
    assert_int_equal(csys_strspn(a, b), strspn(a, b));
    assert_int_equal(csys_strcspn(a, b), strcspn(a, b));
    assert_ptr_equal(csys_strpbrk(a, b), strpbrk(a, b));
}

#define BUFFER_BYTES 64

/* Three buffers with the same text, and what lies behind it. */
struct buffers {
    char expected[BUFFER_BYTES];
    char actual[BUFFER_BYTES];
};

static struct buffers buffers_with(const char *text)
{
    struct buffers buffers;
    memset(&buffers, '#', sizeof(buffers));
    strcpy(buffers.expected, text);
    strcpy(buffers.actual, text);
    return buffers;
}

static void check_writing(const char *a, const char *b)
{
    struct buffers x = buffers_with(a);
    strcpy(x.expected, b);
    assert_ptr_equal(csys_strcpy(x.actual, b), x.actual);
    assert_memory_equal(x.actual, x.expected, BUFFER_BYTES);
    x = buffers_with(a);
    strcat(x.expected, b);
    assert_ptr_equal(csys_strcat(x.actual, b), x.actual);
    assert_memory_equal(x.actual, x.expected, BUFFER_BYTES);
    for (volatile size_t size = 0; size < 24; size++) { /* a constant one draws warnings */
        x = buffers_with(a);
        strncpy(x.expected, b, size);
        assert_ptr_equal(csys_strncpy(x.actual, b, size), x.actual);
        assert_memory_equal(x.actual, x.expected, BUFFER_BYTES);
        x = buffers_with(a);
        strncat(x.expected, b, size);
        assert_ptr_equal(csys_strncat(x.actual, b, size), x.actual);
        assert_memory_equal(x.actual, x.expected, BUFFER_BYTES);
    }
}

static void for_each_pair(void (*check)(const char *a, const char *b))
{
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(texts); j++) {
            char *a = text_duplicate(texts[i]);
            char *b = text_duplicate(texts[j]);
            check(a, b);
            free(a);
            free(b);
        }
    }
}

static void texts_compare_and_contain_as_in_the_c_library(void **state UNUSED)
{
    for_each_pair(check_looking);
}

static void texts_are_copied_and_appended_as_in_the_c_library(void **state UNUSED)
{
    for_each_pair(check_writing);
}

static void sizes_replace_the_zero_byte(void **state UNUSED)
{
    char *bytes = malloc(3);
    char to[8] = "";
    assert_non_null(bytes);
    memcpy(bytes, "abc", 3);
    assert_int_equal(csys_strncmp(bytes, "abcd", 3), 0);
    assert_string_equal(csys_strncpy(to, bytes, 3), "abc");
    assert_string_equal(csys_strncat(to, bytes, 3), "abcabc");
    free(bytes);
}

static void strchr_finds_the_first_and_strrchr_the_last(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        char *text = text_duplicate(texts[i]);
        for (int byte = -1; byte < 512; byte++) {
            assert_ptr_equal(csys_strchr(text, byte), strchr(text, byte));
            assert_ptr_equal(csys_strrchr(text, byte), strrchr(text, byte));
        }
        free(text);
    }
}

static void check_strtok(const char *text, const char *separators)
{
    char *expected_text = text_duplicate(text);
    char *actual_text = text_duplicate(text);
    char *expected = strtok(expected_text, separators);
    char *actual = csys_strtok(actual_text, separators);
    for (int calls = 0; expected != NULL; calls++) {
        assert_non_null(actual);
        assert_int_equal(actual - actual_text, expected - expected_text);
        assert_string_equal(actual, expected);
        expected = strtok(NULL, separators);
        actual = csys_strtok(NULL, separators);
        assert_true(calls < 20);
    }
    assert_null(actual);
    assert_null(csys_strtok(NULL, separators));
    assert_memory_equal(actual_text, expected_text, strlen(text) + 1);
    free(expected_text);
    free(actual_text);
}

static void strtok_cuts_a_text_into_the_same_words(void **state UNUSED)
{
    const char *const lines[] = {"",   " ", "one", " one", "one ", "one two", ",one, two,,three;",
                                 ",;,"};
    const char *const separators[] = {"", " ", ",", ", ;", "xyz"};
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(separators); j++)
            check_strtok(lines[i], separators[j]);
    }
}

/* --- numbers --- */

static void atoi_reads_what_the_c_library_reads(void **state UNUSED)
{
    const char *const numbers[] = {
        "",
        "0",
        "7",
        "-7",
        "+7",
        " \t\n\v\f\r42",
        "--7",
        "+-7",
        "- 7",
        "12abc",
        "abc",
        "007",
        "0x10",
        "2147483647",
        "2147483640",
        "-2147483648",
        "9 9",
        "\xa0"
        "9",
        "-",
        "+",
        "-2147483647",
    };
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        char *text = text_duplicate(numbers[i]);
        assert_int_equal(csys_atoi(text), atoi(text));
        free(text);
    }
}

static void atoi_stops_at_the_ends_of_an_int(void **state UNUSED)
{
    assert_int_equal(csys_atoi("2147483648"), INT_MAX);
    assert_int_equal(csys_atoi("2147483650"), INT_MAX);
    assert_int_equal(csys_atoi("99999999999999999999"), INT_MAX);
    assert_int_equal(csys_atoi("-2147483649"), INT_MIN);
    assert_int_equal(csys_atoi("-99999999999999999999"), INT_MIN);
}

/* The C library's gives 36 bits where a long has them; POSIX says 32, with the sign. */
static void check_a64l(const char *number)
{
    char *text = text_duplicate(number);
    assert_int_equal(csys_a64l(text), (int32_t)a64l(text));
    free(text);
}

static void a64l_reads_digits_to_the_base_64(void **state UNUSED)
{
    check_a64l("");
    check_a64l("..");
    check_a64l("zzzzz");
    check_a64l("zzzzz1");
    check_a64l("......A");
    check_a64l("/.+");
    for (int byte = 1; byte < 256; byte++) {
        char text[] = {(char)byte, '/', (char)byte, '\0'};
        check_a64l(text);
    }
    assert_int_equal(csys_a64l("zzzzz1"), -1);
    assert_int_equal(csys_a64l("......A"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memcpy_copies_exactly_the_bytes_asked_for),
        cmocka_unit_test(memmove_bcopy_and_ovbcopy_copy_areas_that_overlap),
        cmocka_unit_test(memset_and_bzero_set_exactly_the_bytes_asked_for),
        cmocka_unit_test(memcmp_orders_by_the_first_difference_and_bcmp_only_tells_it),
        cmocka_unit_test(memchr_finds_the_first_within_the_size),
        cmocka_unit_test(memccpy_copies_up_to_and_with_the_byte),
        cmocka_unit_test(texts_compare_and_contain_as_in_the_c_library),
        cmocka_unit_test(texts_are_copied_and_appended_as_in_the_c_library),
        cmocka_unit_test(sizes_replace_the_zero_byte),
        cmocka_unit_test(strchr_finds_the_first_and_strrchr_the_last),
        cmocka_unit_test(strtok_cuts_a_text_into_the_same_words),
        cmocka_unit_test(atoi_reads_what_the_c_library_reads),
        cmocka_unit_test(atoi_stops_at_the_ends_of_an_int),
        cmocka_unit_test(a64l_reads_digits_to_the_base_64),
    };
    return cmocka_run_group_tests_name("libcsys", tests, NULL, NULL);
}
