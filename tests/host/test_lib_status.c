/* lib/status.c and the table in include/mortise/status.h. */
#define _GNU_SOURCE /* strerrorname_np */
#include "tests/host/support.h"

#include <ctype.h>
#include <string.h>

#include "lib/status.h"

struct row {
    const char *name;
    enum status status;
    int number;
    int error;
    const char *sentence;
    const char *advice;
};

#define ROW(name, number, error, sentence, advice)                                                 \
    {#name, STATUS_##name, number, error, sentence, advice},
static const struct row rows[] = {STATUS_TABLE(ROW)};

static void every_number_is_given_once(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (size_t j = 0; j < i; j++) {
            if (rows[i].number == rows[j].number)
                fail_msg("%s and %s are both %d", rows[i].name, rows[j].name, rows[i].number);
        }
    }
}

static void every_number_belongs_to_a_family(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_true(rows[i].number == 0 || (rows[i].number > 100 && rows[i].number < 600));
}

static void every_function_gives_what_the_row_says(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(rows[i].status, rows[i].number);
        assert_int_equal(status_errno(rows[i].status), rows[i].error);
        assert_string_equal(status_sentence(rows[i].status), rows[i].sentence);
        assert_string_equal(status_advice(rows[i].status), rows[i].advice);
    }
}

static void only_success_has_errno_0(void **state UNUSED)
{
    assert_int_equal(STATUS_OK, 0);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(rows[i].error == 0, rows[i].status == STATUS_OK);
}

static void every_errno_has_a_name(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (rows[i].status != STATUS_OK && strcmp(errno_name(rows[i].error), "errno") == 0)
            fail_msg("%s has errno %d, which has no name", rows[i].name, rows[i].error);
    }
}

static void assert_sentence_form(const char *name, const char *sentence)
{
    size_t length = strlen(sentence);
    if (sentence[length - 1] == '.' || isspace((unsigned char)sentence[length - 1]) ||
        isspace((unsigned char)sentence[0]) || strpbrk(sentence, "\n%") != NULL)
        fail_msg("%s: \"%s\"", name, sentence);
}

static void every_sentence_says_something_without_a_full_stop(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (rows[i].sentence[0] == 0)
            fail_msg("%s has no sentence", rows[i].name);
        assert_sentence_form(rows[i].name, rows[i].sentence);
        if (rows[i].advice[0] != 0)
            assert_sentence_form(rows[i].name, rows[i].advice);
    }
}

static void every_sentence_tells_its_status_from_the_others(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rows[i].sentence, rows[j].sentence);
    }
}

static void unknown_status_is_a_failure_with_a_sentence(void **state UNUSED)
{
    enum status unknown = (enum status)9999;
    assert_int_equal(status_errno(unknown), EINVAL);
    assert_true(strlen(status_sentence(unknown)) > 0);
    assert_non_null(status_advice(unknown));
}

static void errno_names_are_those_of_the_c_library(void **state UNUSED)
{
    unsigned known = 0;
    for (int number = 1; number < 200; number++) {
        const char *name = errno_name(number);
        if (strcmp(name, "errno") == 0)
            continue;
        known++;
        assert_non_null(strerrorname_np(number));
        assert_string_equal(name, strerrorname_np(number));
    }
    assert_int_equal(known, 26); /* as many as include/mortise/errno.h defines */
}

static void number_without_a_name_is_called_errno(void **state UNUSED)
{
    static const int numbers[] = {0, -1, -22, 3, 76, 100000, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
        assert_string_equal(errno_name(numbers[i]), "errno");
    assert_string_equal(errno_name(22), "EINVAL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_given_once),
        cmocka_unit_test(every_number_belongs_to_a_family),
        cmocka_unit_test(every_function_gives_what_the_row_says),
        cmocka_unit_test(only_success_has_errno_0),
        cmocka_unit_test(every_errno_has_a_name),
        cmocka_unit_test(every_sentence_says_something_without_a_full_stop),
        cmocka_unit_test(every_sentence_tells_its_status_from_the_others),
        cmocka_unit_test(unknown_status_is_a_failure_with_a_sentence),
        cmocka_unit_test(errno_names_are_those_of_the_c_library),
        cmocka_unit_test(number_without_a_name_is_called_errno),
    };
    return cmocka_run_group_tests_name("lib_status", tests, NULL, NULL);
}
