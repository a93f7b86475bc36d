/*
 * The index of an archive: whatever its members' names are, each is found, and of one name the same as a
 * walk would choose.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/image/archive_index.h"
#include "tests/host/support.h"

static struct archive_index index_made;
static void *memory;
static struct diagnosis diagnosis;

static char *made;
static size_t made_size;

static int start(void **state)
{
    (void)state;
    made = malloc(1u << 22);
    memcpy(made, "!<arch>\n", 8);
    made_size = 8;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(made);
    free(memory);
    memory = NULL;
    return 0;
}

/* Adds a member as BSD writes it, so that its name may be anything. */
static void add(const char *name, size_t length, const char *contents)
{
    size_t size = length + strlen(contents);
    char field[40];
    snprintf(field, sizeof(field), "#1/%zu", length);
    made_size += (size_t)sprintf(made + made_size, "%-16s%-32s%-10zu`\n", field, "", size);
    memcpy(made + made_size, name, length);
    memcpy(made + made_size + length, contents, size - length);
    made_size += size;
    if (size % 2 != 0)
        made[made_size++] = '\n';
}

static void add_name(const char *name, const char *contents)
{
    add(name, strlen(name), contents);
}

/* What the tests prefer: contents that begin with a P. */
static bool is_preferred(struct span contents)
{
    return contents.size != 0 && contents.bytes[0] == 'P';
}

static void make_index(void)
{
    struct span file = span_make(made, made_size);
    size_t size;
    assert_int_equal(archive_index_size(file, &size, &diagnosis), STATUS_OK);
    assert_true(size < file.size);
    memory = malloc(size);
    archive_index_make(file, memory, size, is_preferred, &index_made, &diagnosis);
}

static void expect(const char *name, const char *contents)
{
    struct archive_member member;
    size_t place = archive_index_find(&index_made, name);
    assert_int_not_equal(place, ARCHIVE_INDEX_NONE);
    archive_entry_member(index_made.entries[place], &member);
    assert_string_equal(member.name, name);
    assert_true(archive_member_is(&member, name));
    assert_int_equal(member.contents.size, strlen(contents));
    assert_memory_equal(member.contents.bytes, contents, strlen(contents));
    assert_memory_equal(made + member.offset, "#1/", 3);
}

static void expect_none(const char *name)
{
    assert_int_equal(archive_index_find(&index_made, name), ARCHIVE_INDEX_NONE);
}

static void members_are_found_by_their_whole_names(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "a", "ab", "aa", "longer.o", "c", "ba", "longed.o"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        add_name(names[i], names[i]);
    make_index();
    assert_int_equal(index_made.count, ARRAY_COUNT(names));
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        expect(names[i], names[i]);
    static const char *const others[] = {"",       "d",         "ac", "abc",
                                         "longer", "longer.oo", "0",  "zzzzzzzzzz"};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        expect_none(others[i]);
}

static void an_archive_without_members_has_an_empty_index(void **state)
{
    (void)state;
    size_t size;
    assert_int_equal(archive_index_size(span_make(made, 8), &size, &diagnosis), STATUS_OK);
    assert_int_equal(size, 0);
    archive_index_make(span_make(made, 8), NULL, 0, is_preferred, &index_made, &diagnosis);
    assert_int_equal(index_made.count, 0);
    expect_none("a");
}

static void of_one_name_the_first_preferred_one_is_found(void **state)
{
    (void)state;
    add_name("two", "other");
    add_name("one", "other");
    add_name("two", "P first");
    add_name("none", "first");
    add_name("two", "P second");
    add_name("none", "second");
    add_name("one", "P only");
    make_index();
    assert_int_equal(index_made.count, 7);
    expect("two", "P first");
    expect("one", "P only");
    expect("none", "first");
    assert_true(index_made.entries[archive_index_find(&index_made, "one")]->is_preferred);
    assert_false(index_made.entries[archive_index_find(&index_made, "none")]->is_preferred);
}

static void names_that_are_cut_are_not_there(void **state)
{
    (void)state;
    char name[ARCHIVE_NAME_MAX + 1];
    memset(name, 'n', sizeof(name));
    add(name, ARCHIVE_NAME_MAX, "cut");
    add(name, ARCHIVE_NAME_MAX - 1, "whole");
    make_index();
    assert_int_equal(index_made.count, 1);
    name[ARCHIVE_NAME_MAX] = 0;
    expect_none(name);
    name[ARCHIVE_NAME_MAX - 1] = 0;
    expect(name, "whole");
}

static void a_name_ends_at_a_zero(void **state)
{
    (void)state;
    add("a\0b", 3, "padded");
    add_name("ab", "other");
    make_index();
    expect("a", "padded");
}

static void what_a_walk_refuses_gets_no_index(void **state)
{
    (void)state;
    size_t size;
    add_name("a", "contents");
    add_name("b", "contents");
    assert_int_equal(archive_index_size(span_make(made, made_size - 2), &size, &diagnosis),
                     STATUS_ARCHIVE_CUT);
    assert_int_equal(archive_index_size(span_make("!<thin>\n", 8), &size, &diagnosis),
                     STATUS_ARCHIVE_THIN);
    assert_int_equal(archive_index_size(span_make("text", 4), &size, &diagnosis),
                     STATUS_FILE_FORMAT);
}

/* The contents of the member that a walk chooses, as `expect` wants them. */
static void expect_what_a_walk_finds(const char *name)
{
    struct archive archive;
    struct archive_member member;
    bool is_end = false;
    struct span found = span_make(NULL, 0);
    assert_int_equal(archive_open(span_make(made, made_size), &archive, &diagnosis), STATUS_OK);
    for (;;) {
        assert_int_equal(archive_next(&archive, &member, &is_end, &diagnosis), STATUS_OK);
        if (is_end)
            break;
        bool is_better =
            found.bytes == NULL || (is_preferred(member.contents) && !is_preferred(found));
        if (archive_member_is(&member, name) && is_better)
            found = member.contents;
    }
    size_t place = archive_index_find(&index_made, name);
    assert_int_equal(place == ARCHIVE_INDEX_NONE, found.bytes == NULL);
    if (found.bytes != NULL)
        assert_ptr_equal(index_made.entries[place]->contents.bytes, found.bytes);
}

static void any_names_are_found_as_by_a_walk(void **state)
{
    (void)state;
    srand(1);
    for (unsigned round = 0; round < 50; round++) {
        made_size = 8;
        for (unsigned i = 0; i < round; i++) {
            char name[] = {(char)('a' + rand() % 4), (char)('a' + rand() % 4), 0};
            add(name, 1 + (size_t)rand() % 2, rand() % 2 == 0 ? "P" : "other");
        }
        make_index();
        assert_int_equal(index_made.count, round);
        for (int a = 'a' - 1; a <= 'e'; a++) {
            for (int b = 'a' - 1; b <= 'e'; b++)
                expect_what_a_walk_finds((char[]){(char)a, b < 'a' ? 0 : (char)b, 0});
        }
        free(memory);
        memory = NULL;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_are_found_by_their_whole_names, start, stop),
        cmocka_unit_test_setup_teardown(an_archive_without_members_has_an_empty_index, start, stop),
        cmocka_unit_test_setup_teardown(of_one_name_the_first_preferred_one_is_found, start, stop),
        cmocka_unit_test_setup_teardown(names_that_are_cut_are_not_there, start, stop),
        cmocka_unit_test_setup_teardown(a_name_ends_at_a_zero, start, stop),
        cmocka_unit_test_setup_teardown(what_a_walk_refuses_gets_no_index, start, stop),
        cmocka_unit_test_setup_teardown(any_names_are_found_as_by_a_walk, start, stop),
    };
    return cmocka_run_group_tests_name("archive_index", tests, NULL, NULL);
}
