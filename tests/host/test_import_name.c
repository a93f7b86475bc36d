/* The name of an import file is a path, or a path with a member in brackets, and has its limits. */
#include <stdio.h>
#include <string.h>

#include "loader/link/import_name.h"
#include "tests/host/support.h"

static struct import_name name;
static struct diagnosis diagnosis;

static void expect(const char *file, const char *path, const char *member)
{
    assert_int_equal(import_name_split(file, &name, &diagnosis), STATUS_OK);
    assert_string_equal(name.path, path);
    assert_string_equal(name.member, member);
}

static void expect_refusal(const char *file)
{
    assert_int_equal(import_name_split(file, &name, &diagnosis), STATUS_IMPORT_FILE);
    assert_memory_equal(diagnosis.detail + 1, file, strlen(file) < 100 ? strlen(file) : 100);
}

static void what_stands_in_the_last_brackets_is_the_member(void **state)
{
    (void)state;
    expect("/unix", "/unix", "");
    expect("lib.a(m.o)", "lib.a", "m.o");
    expect("a(b)(c)", "a(b)", "c");
    expect("a", "a", "");
    expect("a(m", "a(m", "");
    expect("a)", "a)", "");
    expect("a(m)b", "a(m)b", "");
    expect("a)(", "a)(", "");
}

static void neither_part_is_empty(void **state)
{
    (void)state;
    expect_refusal("");
    expect_refusal("(m.o)");
    expect_refusal("lib.a()");
    expect_refusal("()");
}

/* A name with a path and a member, when it is not 0, of these lengths. */
static const char *make(size_t path_length, size_t member_length)
{
    static char file[sizeof(name.path) + sizeof(name.member) + 4];
    memset(file, 'x', sizeof(file));
    file[path_length] = '\0';
    if (member_length != 0)
        snprintf(file + path_length, member_length + 3, "(%.*s)", (int)member_length,
                 "0123456789012345678901234567890123456789012345678901234567890123456789");
    return file;
}

static void each_part_has_its_limit(void **state)
{
    (void)state;
    const size_t path_max = DIAGNOSIS_FILE_MAX - 1;
    const size_t member_max = DIAGNOSIS_MEMBER_MAX - 1;
    expect(make(path_max, 0), make(path_max, 0), "");
    assert_int_equal(import_name_split(make(path_max, member_max), &name, &diagnosis), STATUS_OK);
    assert_int_equal(strlen(name.path), path_max);
    assert_int_equal(strlen(name.member), member_max);
    expect_refusal(make(path_max + 1, 0));
    expect_refusal(make(path_max + 1, member_max));
    expect_refusal(make(path_max, member_max + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_in_the_last_brackets_is_the_member),
        cmocka_unit_test(neither_part_is_empty),
        cmocka_unit_test(each_part_has_its_limit),
    };
    return cmocka_run_group_tests_name("import name", tests, NULL, NULL);
}
