/* Archives: as `ar` writes them, as BSD writes them, and damaged in every place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/image/archive.h"
#include "tests/host/host_programs.h"
#include "tests/host/support.h"

static struct archive archive;
static struct archive_member member;
static struct diagnosis diagnosis;
static bool is_end;

/* Hand-made archives grow here. */
static uint8_t made[4096];
static size_t made_size;

static void make_start(void)
{
    made_size = 8;
    memcpy(made, "!<arch>\n", 8);
}

static void make_member(const char *name, const char *size_field, const void *bytes, size_t size)
{
    char header[64];
    snprintf(header, sizeof(header), "%-16s%-12d%-6d%-6d%-8s%-10s`\n", name, 0, 0, 0, "644",
             size_field);
    memcpy(made + made_size, header, 60);
    memcpy(made + made_size + 60, bytes, size);
    made_size += 60 + size;
    if (size % 2 != 0)
        made[made_size++] = '\n';
}

static void add(const char *name, const void *bytes, size_t size)
{
    char field[16];
    snprintf(field, sizeof(field), "%zu", size);
    make_member(name, field, bytes, size);
}

static struct span made_span(void)
{
    return span_make(made, made_size);
}

static void open_span(struct span file)
{
    diagnosis_init(&diagnosis);
    assert_int_equal(archive_open(file, &archive, &diagnosis), STATUS_OK);
}

static void expect_member(const char *name, const void *bytes, size_t size)
{
    assert_int_equal(archive_next(&archive, &member, &is_end, &diagnosis), STATUS_OK);
    assert_false(is_end);
    assert_string_equal(member.name, name);
    assert_int_equal(member.contents.size, size);
    if (size != 0)
        assert_memory_equal(member.contents.bytes, bytes, size);
}

static void expect_end(void)
{
    assert_int_equal(archive_next(&archive, &member, &is_end, &diagnosis), STATUS_OK);
    assert_true(is_end);
}

static void expect_refusal(enum status status)
{
    assert_int_equal(archive_next(&archive, &member, &is_end, &diagnosis), status);
    assert_int_equal(diagnosis.status, status);
    assert_string_not_equal(diagnosis.detail, "");
}

/* Walks the whole of `file`, in memory of exactly its size; the last status. */
static enum status walk(const uint8_t *bytes, size_t size, unsigned *members)
{
    uint8_t *copy = malloc(size != 0 ? size : 1);
    memcpy(copy, bytes, size);
    uint64_t sum = 0;
    *members = 0;
    enum status status = archive_open(span_make(copy, size), &archive, &diagnosis);
    is_end = false;
    while (status == STATUS_OK && !is_end) {
        status = archive_next(&archive, &member, &is_end, &diagnosis);
        if (status != STATUS_OK || is_end)
            break;
        assert_true(strlen(member.name) < sizeof(member.name));
        for (size_t i = 0; i < member.contents.size; i++)
            sum += member.contents.bytes[i];
        ++*members;
        assert_true(*members <= size / 60);
    }
    free(copy);
    assert_true(sum != UINT64_MAX);
    return status;
}

#define LONG_NAME "a_member_with_a_name_that_is_long.o"

static struct span make_with_ar(const char *flags)
{
    scratch_write("a.o", "abc", 3);
    scratch_write(LONG_NAME, "12345678", 8);
    scratch_write("empty.o", "", 0);
    scratch_run("rm -f x.a && $AR %s x.a a.o " LONG_NAME " empty.o", flags);
    return scratch_read("x.a");
}

static void members_come_in_order_with_gnu_long_names(void **state)
{
    (void)state;
    struct span file = make_with_ar("rcD");
    open_span(file);
    expect_member("a.o", "abc", 3);
    expect_member(LONG_NAME, "12345678", 8);
    expect_member("empty.o", "", 0);
    expect_end();
    expect_end();
    scratch_free(file);
}

static void symbol_tables_are_no_members(void **state)
{
    (void)state;
    scratch_free(scratch_compile(COMPILE_64, "one.o", "int one(void) { return 1; }"));
    scratch_run("rm -f s.a && $AR rcsD s.a one.o");
    struct span object = scratch_read("one.o");
    struct span file = scratch_read("s.a");
    assert_memory_equal(file.bytes + 8, "/       ", 8);
    open_span(file);
    expect_member("one.o", object.bytes, object.size);
    expect_end();
    scratch_free(file);
    scratch_free(object);
    make_start();
    add("/SYM64/", "12345678", 8);
    add("__.SYMDEF", "12345678", 8);
    add("__.SYMDEF SORTED", "12345678", 8);
    add("#1/20", "__.SYMDEF SORTED\0\0\0\0data", 24);
    add("x.o/", "x", 1);
    open_span(made_span());
    expect_member("x.o", "x", 1);
    expect_end();
}

static void bsd_names_stand_before_the_contents(void **state)
{
    (void)state;
    make_start();
    add("#1/12", "a long one\0\0contents", 20);
    add("#1/3", "abc", 3);
    add("plain.o", "p", 1);
    open_span(made_span());
    expect_member("a long one", "contents", 8);
    expect_member("abc", "", 0);
    expect_member("plain.o", "p", 1);
    expect_end();
}

static void short_names_may_fill_the_field(void **state)
{
    (void)state;
    make_start();
    add("sixteen_letters_", "1", 1);
    add("fifteen_letters/", "2", 1);
    add("with blank/", "3", 1);
    open_span(made_span());
    expect_member("sixteen_letters_", "1", 1);
    expect_member("fifteen_letters", "2", 1);
    expect_member("with blank", "3", 1);
    expect_end();
}

static void names_longer_than_the_limit_are_cut(void **state)
{
    (void)state;
    char names[ARCHIVE_NAME_MAX + 10];
    memset(names, 'n', sizeof(names));
    memcpy(names + sizeof(names) - 2, "/\n", 2);
    make_start();
    add("//", names, sizeof(names));
    add("/0", "1", 1);
    open_span(made_span());
    assert_int_equal(archive_next(&archive, &member, &is_end, &diagnosis), STATUS_OK);
    assert_int_equal(strlen(member.name), ARCHIVE_NAME_MAX - 1);
}

static void the_last_padding_byte_may_be_missing(void **state)
{
    (void)state;
    make_start();
    add("a.o/", "abc", 3);
    made_size--;
    open_span(made_span());
    expect_member("a.o", "abc", 3);
    expect_end();
}

static void an_archive_without_members_ends_at_once(void **state)
{
    (void)state;
    make_start();
    open_span(made_span());
    expect_end();
}

static void thin_archives_are_refused(void **state)
{
    (void)state;
    struct span file = make_with_ar("rcDT");
    assert_true(archive_is_thin(file));
    assert_false(archive_is_archive(file));
    assert_int_equal(archive_open(file, &archive, &diagnosis), STATUS_ARCHIVE_THIN);
    scratch_free(file);
}

static void what_is_no_archive_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "!<arch>", "!<arch> ", "!<arcH>\n", "\177ELF\2\1\1\0"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_int_equal(archive_open(span_make(texts[i], strlen(texts[i])), &archive, &diagnosis),
                         STATUS_FILE_FORMAT);
}

static void a_header_must_end_with_its_mark(void **state)
{
    (void)state;
    make_start();
    add("a.o/", "abc", 3);
    made[8 + 58] = '\'';
    open_span(made_span());
    expect_refusal(STATUS_ARCHIVE_HEADER);
    assert_non_null(strstr(diagnosis.detail, "0x8"));
}

static void a_size_must_be_a_number_and_lie_inside(void **state)
{
    (void)state;
    static const struct {
        const char *size;
        enum status status;
    } cases[] = {
        {"", STATUS_ARCHIVE_HEADER},    {"-1", STATUS_ARCHIVE_HEADER},
        {"0x4", STATUS_ARCHIVE_HEADER}, {"4 4", STATUS_ARCHIVE_HEADER},
        {"5", STATUS_ARCHIVE_CUT},      {"9999999999", STATUS_ARCHIVE_CUT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        make_start();
        make_member("a.o/", cases[i].size, "abcd", 4);
        open_span(made_span());
        expect_refusal(cases[i].status);
    }
}

static void a_long_name_must_be_where_its_header_says(void **state)
{
    (void)state;
    static const char *const names[] = {"/6",  "/5",  "/99999999999999", "/1x", "#1/99", "#1/-1",
                                        "#1/", "#1/5"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        make_start();
        add("//", "a.o/\nb", 6);
        add(names[i], "1234", 4);
        open_span(made_span());
        expect_refusal(STATUS_ARCHIVE_NAME);
    }
}

static void a_long_name_needs_the_table_before_it(void **state)
{
    (void)state;
    make_start();
    add("/0", "1", 1);
    add("//", "a.o/\n", 5);
    open_span(made_span());
    expect_refusal(STATUS_ARCHIVE_NAME);
}

static void an_archive_cut_anywhere_is_refused_or_ends_between_members(void **state)
{
    (void)state;
    struct span file = make_with_ar("rcD");
    unsigned whole = 0;
    unsigned accepted = 0;
    assert_int_equal(walk(file.bytes, file.size, &whole), STATUS_OK);
    assert_int_equal(whole, 3);
    for (size_t size = 0; size < file.size; size++) {
        unsigned members = 0;
        enum status status = walk(file.bytes, size, &members);
        if (status == STATUS_OK)
            accepted++;
        else
            assert_true(status == STATUS_FILE_FORMAT || status == STATUS_ARCHIVE_CUT);
        assert_true(members <= whole);
    }
    /* Behind the magic, the name table, "abc" and its padding, and the long-named member. */
    assert_int_equal(accepted, 5);
    scratch_free(file);
}

static void any_damaged_byte_ends_in_a_status(void **state)
{
    (void)state;
    struct span file = make_with_ar("rcD");
    uint8_t *bytes = (uint8_t *)file.bytes;
    for (size_t i = 0; i < file.size; i++) {
        uint8_t saved = bytes[i];
        for (unsigned value = 0; value < 256; value++) {
            unsigned members;
            bytes[i] = (uint8_t)value;
            enum status status = walk(bytes, file.size, &members);
            assert_true(status == STATUS_OK || (status >= STATUS_FILE_FORMAT && status < 200));
        }
        bytes[i] = saved;
    }
    scratch_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_in_order_with_gnu_long_names),
        cmocka_unit_test(symbol_tables_are_no_members),
        cmocka_unit_test(bsd_names_stand_before_the_contents),
        cmocka_unit_test(short_names_may_fill_the_field),
        cmocka_unit_test(names_longer_than_the_limit_are_cut),
        cmocka_unit_test(the_last_padding_byte_may_be_missing),
        cmocka_unit_test(an_archive_without_members_ends_at_once),
        cmocka_unit_test(thin_archives_are_refused),
        cmocka_unit_test(what_is_no_archive_is_refused),
        cmocka_unit_test(a_header_must_end_with_its_mark),
        cmocka_unit_test(a_size_must_be_a_number_and_lie_inside),
        cmocka_unit_test(a_long_name_must_be_where_its_header_says),
        cmocka_unit_test(a_long_name_needs_the_table_before_it),
        cmocka_unit_test(an_archive_cut_anywhere_is_refused_or_ends_between_members),
        cmocka_unit_test(any_damaged_byte_ends_in_a_status),
    };
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
