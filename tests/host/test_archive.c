/*
 * Archives: as GNU ar and llvm-ar write them for GNU, BSD and darwin, made by hand, of very many
 * members, and damaged in every place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
    assert_non_null(strstr(diagnosis.detail, "at 0x"));
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
    add("__.SYMDEF_64", "12345678", 8);
    add("#1/20", "__.SYMDEF SORTED\0\0\0\0data", 24);
    add("#1/20", "__.SYMDEF_64 SORTED\0data", 24);
    add("x.o/", "x", 1);
    open_span(made_span());
    expect_member("x.o", "x", 1);
    expect_end();
}

static void members_named_much_like_a_table_are_members(void **state)
{
    (void)state;
    static const char *const names[] = {"__.SYMDEF.o", "__.SYMDEF_32", "/SYM64", "/SYM",
                                        "/a",          "/.1",          "/:1",    "#1.x"};
    make_start();
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        add(names[i], "x", 1);
    open_span(made_span());
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        expect_member(names[i], "x", 1);
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

static void a_member_may_be_named_as_bsd_names_begin(void **state)
{
    (void)state;
    scratch_write("#1", "abc", 3);
    scratch_run("rm -f x.a && $AR rcD x.a '#1'");
    struct span file = scratch_read("x.a");
    assert_memory_equal(file.bytes + 8, "#1/             ", 16);
    open_span(file);
    expect_member("#1", "abc", 3);
    expect_end();
    scratch_free(file);
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

static void names_longer_than_the_limit_are_cut_and_equal_to_none(void **state)
{
    (void)state;
    char names[ARCHIVE_NAME_MAX + 10];
    char cut[ARCHIVE_NAME_MAX] = {0};
    memset(names, 'n', sizeof(names));
    memset(cut, 'n', sizeof(cut) - 1);
    memcpy(names + sizeof(names) - 5, "/\nb/\n", 5);
    make_start();
    add("//", names, sizeof(names));
    add("/0", "1", 1);
    add("/6", "1", 1);
    add("/5", "1", 1);
    add("#1/256", names, 256);
    add("#1/255", names, 255);
    open_span(made_span());
    static const bool are_cut[] = {true, false, true, true, false};
    for (size_t i = 0; i < ARRAY_COUNT(are_cut); i++) {
        assert_int_equal(archive_next(&archive, &member, &is_end, &diagnosis), STATUS_OK);
        assert_string_equal(member.name, cut);
        assert_int_equal(archive_member_is(&member, cut), !are_cut[i]);
        assert_false(archive_member_is(&member, "n"));
    }
    expect_end();
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

#define SPACED "a name with spaces and more letters.o"

/* llvm-ar's archive of "with a space.o", which has a symbol, a long name, and three odd bytes. */
static struct span make_with_llvm(const char *environment, const char *format)
{
    scratch_free(scratch_compile(COMPILE_64, "one.o", "int one(void) { return 1; }"));
    scratch_write("odd", "abc", 3);
    scratch_run("cp one.o 'with a space.o' && cp one.o '" SPACED "' && rm -f l.a && "
                "%s llvm-ar --format=%s rcs l.a 'with a space.o' '" SPACED "' odd",
                environment, format);
    return scratch_read("l.a");
}

/* Contents may be padded inside their size, as on darwin. */
static void expect_beginning(const char *name, struct span contents)
{
    assert_int_equal(archive_next(&archive, &member, &is_end, &diagnosis), STATUS_OK);
    assert_false(is_end);
    assert_string_equal(member.name, name);
    assert_in_range(member.contents.size, contents.size, contents.size + 7);
    assert_memory_equal(member.contents.bytes, contents.bytes, contents.size);
}

static void every_flavour_that_llvm_ar_writes_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *environment, *format, *table;
    } cases[] = {
        {"", "gnu", "/       "},
        {"", "bsd", "__.SYMDEF"},
        {"", "darwin", "__.SYMDEF"},
        {"SYM64_THRESHOLD=0", "gnu", "/SYM64/ "},
        {"SYM64_THRESHOLD=0", "bsd", "/SYM64/ "},
        {"SYM64_THRESHOLD=0", "darwin", "__.SYMDEF_64"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct span file = make_with_llvm(cases[i].environment, cases[i].format);
        struct span object = scratch_read("one.o");
        bool is_bsd = memcmp(file.bytes + 8, "#1/", 3) == 0;
        assert_memory_equal(file.bytes + 8 + (is_bsd ? 60 : 0), cases[i].table,
                            strlen(cases[i].table));
        open_span(file);
        expect_beginning("with a space.o", object);
        expect_beginning(SPACED, object);
        expect_beginning("odd", span_make("abc", 3));
        expect_end();
        scratch_free(object);
        scratch_free(file);
    }
}

static void names_with_spaces_are_read_as_ar_writes_them(void **state)
{
    (void)state;
    scratch_write("a b c.o", "1", 1);
    scratch_write(SPACED, "22", 2);
    scratch_run("rm -f x.a && $AR rcD x.a 'a b c.o' '" SPACED "'");
    struct span file = scratch_read("x.a");
    open_span(file);
    expect_member("a b c.o", "1", 1);
    expect_member(SPACED, "22", 2);
    expect_end();
    scratch_free(file);
}

/* Text, metadata, an archive, nothing at all: what a member holds is its own affair. */
static void foreign_members_are_members_like_any(void **state)
{
    (void)state;
    make_start();
    add("lib.rmeta/", "rust\0\0\0\x08", 8);
    add("readme.txt/", "Read me.\n", 9);
    add("inner.a/", "!<arch>\nx", 9);
    add("thin.a/", "!<thin>\n", 8);
    add("void/", "", 0);
    open_span(made_span());
    expect_member("lib.rmeta", "rust\0\0\0\x08", 8);
    expect_member("readme.txt", "Read me.\n", 9);
    expect_member("inner.a", "!<arch>\nx", 9);
    expect_member("thin.a", "!<thin>\n", 8);
    expect_member("void", "", 0);
    expect_end();
}

static void ten_thousand_members_made_by_ar_are_all_there(void **state)
{
    (void)state;
    scratch_run("mkdir many && cd many && seq -f %%05g 10000 | split -l 1 -a 5 "
                "--numeric-suffixes=1 --additional-suffix=.o - a_long_file_name_ && "
                "ls > ../names && $AR qcD ../many.a @../names");
    struct span file = scratch_read("many.a");
    open_span(file);
    for (unsigned i = 1; i <= 10000; i++) {
        char name[32];
        char contents[8];
        snprintf(name, sizeof(name), "a_long_file_name_%05u.o", i);
        snprintf(contents, sizeof(contents), "%05u\n", i);
        expect_member(name, contents, 6);
    }
    expect_end();
    scratch_free(file);
}

/* The processor's seconds that a walk takes, and how many members it found. */
static double time_walk(struct span file, unsigned *members)
{
    clock_t start = clock();
    *members = 0;
    open_span(file);
    while (archive_next(&archive, &member, &is_end, &diagnosis) == STATUS_OK && !is_end)
        ++*members;
    assert_int_equal(diagnosis.status, STATUS_OK);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* `count` members without contents behind a table of names; all of them point into its first line. */
static struct span make_many(size_t table_size, unsigned count, unsigned step)
{
    size_t size = 8 + 60 + table_size + (size_t)count * 60;
    char *bytes = malloc(size + 1);
    assert_non_null(bytes);
    char *end = bytes + sprintf(bytes, "!<arch>\n//%46s%-10zu`\n", "", table_size);
    memset(end, 'n', table_size);
    for (size_t i = step; i <= table_size; i += step)
        memcpy(end + i - 2, "/\n", 2);
    end[table_size - 1] = '\n';
    end += table_size;
    for (unsigned i = 0; i < count; i++)
        end += sprintf(end, "/%-15u%-32s%-10u`\n", i * step % 64, "", 0);
    return span_make(bytes, size);
}

/* Names of 20 letters each; and one line of a megabyte that 50,000 members point into. */
static void fifty_thousand_members_take_no_time(void **state)
{
    (void)state;
    static const unsigned steps[] = {20, 1u << 20};
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        unsigned members;
        struct span file = make_many(1u << 20, 50000, steps[i]);
        double seconds = time_walk(file, &members);
        assert_int_equal(members, 50000);
        assert_true(seconds < 1.0);
        scratch_free(file);
    }
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

static void a_mark_has_two_bytes(void **state)
{
    (void)state;
    make_start();
    add("a.o/", "abc", 3);
    made[8 + 59] = 'n';
    open_span(made_span());
    expect_refusal(STATUS_ARCHIVE_HEADER);
}

static void a_header_must_lie_inside(void **state)
{
    (void)state;
    make_start();
    add("a.o/", "", 0);
    for (made_size = 9; made_size < 8 + 60; made_size++) {
        open_span(made_span());
        expect_refusal(STATUS_ARCHIVE_HEADER_CUT);
    }
    open_span(made_span());
    expect_member("a.o", "", 0);
}

static void a_size_must_be_a_number_and_lie_inside(void **state)
{
    (void)state;
    static const struct {
        const char *size;
        enum status status;
    } cases[] = {
        {"", STATUS_ARCHIVE_SIZE},    {"-1", STATUS_ARCHIVE_SIZE},
        {"0x4", STATUS_ARCHIVE_SIZE}, {"4 4", STATUS_ARCHIVE_SIZE},
        {" 4", STATUS_ARCHIVE_SIZE},  {"4\n", STATUS_ARCHIVE_SIZE},
        {"5", STATUS_ARCHIVE_CUT},    {"9999999999", STATUS_ARCHIVE_CUT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        make_start();
        make_member("a.o/", cases[i].size, "abcd", 4);
        open_span(made_span());
        expect_refusal(cases[i].status);
        assert_null(strchr(diagnosis.detail, '\n'));
    }
    make_start();
    make_member("a.o/", "4", "abcd", 4);
    open_span(made_span());
    expect_member("a.o", "abcd", 4);
    expect_end();
}

/* What is no printing character would make a message something else. */
static void messages_show_fields_as_they_can_be_shown(void **state)
{
    (void)state;
    make_start();
    make_member("a.o/", "\x1f ~\x7f\x80\xff", "abcd", 4);
    open_span(made_span());
    expect_refusal(STATUS_ARCHIVE_SIZE);
    assert_non_null(strstr(diagnosis.detail, "\"? ~???    \""));
}

/* Whatever stands before its header. */
static void a_name_of_blanks_is_empty(void **state)
{
    (void)state;
    static const char *const contents[] = {"ab", "  ", " /"};
    for (size_t i = 0; i < ARRAY_COUNT(contents); i++) {
        make_start();
        add("a.o/", contents[i], 2);
        add("", "1", 1);
        open_span(made_span());
        expect_member("a.o", contents[i], 2);
        expect_refusal(STATUS_ARCHIVE_NAME_EMPTY);
    }
}

static void a_long_name_must_be_where_its_header_says(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum status status;
    } cases[] = {
        {"/6", STATUS_ARCHIVE_NAME},
        {"/99999999999999", STATUS_ARCHIVE_NAME},
        {"/1x", STATUS_ARCHIVE_NAME_NUMBER},
        {"/1 1", STATUS_ARCHIVE_NAME_NUMBER},
        {"#1/x", STATUS_ARCHIVE_BSD_NUMBER},
        {"#1/-1", STATUS_ARCHIVE_BSD_NUMBER},
        {"#1/ x", STATUS_ARCHIVE_BSD_NUMBER},
        {"#1/ 1", STATUS_ARCHIVE_BSD_NUMBER},
        {"#1/            1", STATUS_ARCHIVE_BSD_NUMBER}, /* in the field's last byte */
        {"#1//", STATUS_ARCHIVE_BSD_NUMBER},
        {"#1/5", STATUS_ARCHIVE_BSD_LENGTH},
        {"#1/999999999999", STATUS_ARCHIVE_BSD_LENGTH},
        {"", STATUS_ARCHIVE_NAME_EMPTY},
        {"#1/0", STATUS_ARCHIVE_NAME_EMPTY},
        {"/5", STATUS_ARCHIVE_NAME_EMPTY}, /* an empty line of the table */
        {"/4", STATUS_ARCHIVE_NAME_EMPTY}, /* the end of a line */
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        make_start();
        add("//", "a.o/\n\n", 6);
        add(cases[i].name, "1234", 4);
        member.name[0] = '\0';
        open_span(made_span());
        expect_refusal(cases[i].status);
        assert_non_null(strstr(diagnosis.detail, "0x4a"));
    }
}

static void the_last_byte_of_the_table_may_be_named(void **state)
{
    (void)state;
    make_start();
    add("//", "a.o/\nb\n", 7);
    add("/5", "1", 1);
    add("#1/1", "c", 1);
    open_span(made_span());
    expect_member("b", "1", 1);
    expect_member("c", "", 0);
    expect_end();
}

static void a_table_of_names_must_end_its_last_name(void **state)
{
    (void)state;
    make_start();
    add("//", "a.o/\nb.o/", 9);
    add("/0", "1", 1);
    open_span(made_span());
    expect_refusal(STATUS_ARCHIVE_NAME_END);
}

static void a_table_of_names_may_be_empty(void **state)
{
    (void)state;
    make_start();
    add("//", "", 0);
    add("a.o/", "1", 1);
    open_span(made_span());
    expect_member("a.o", "1", 1);
    expect_end();
}

static void a_long_name_needs_the_table_before_it(void **state)
{
    (void)state;
    make_start();
    add("/0", "1", 1);
    add("//", "a.o/\n", 5);
    open_span(made_span());
    expect_refusal(STATUS_ARCHIVE_NAME_TABLE);
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
            assert_true(status == STATUS_FILE_FORMAT || status == STATUS_ARCHIVE_CUT ||
                        status == STATUS_ARCHIVE_HEADER_CUT);
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
        cmocka_unit_test(members_named_much_like_a_table_are_members),
        cmocka_unit_test(bsd_names_stand_before_the_contents),
        cmocka_unit_test(a_member_may_be_named_as_bsd_names_begin),
        cmocka_unit_test(short_names_may_fill_the_field),
        cmocka_unit_test(names_longer_than_the_limit_are_cut_and_equal_to_none),
        cmocka_unit_test(the_last_padding_byte_may_be_missing),
        cmocka_unit_test(an_archive_without_members_ends_at_once),
        cmocka_unit_test(every_flavour_that_llvm_ar_writes_is_read),
        cmocka_unit_test(names_with_spaces_are_read_as_ar_writes_them),
        cmocka_unit_test(foreign_members_are_members_like_any),
        cmocka_unit_test(ten_thousand_members_made_by_ar_are_all_there),
        cmocka_unit_test(fifty_thousand_members_take_no_time),
        cmocka_unit_test(thin_archives_are_refused),
        cmocka_unit_test(what_is_no_archive_is_refused),
        cmocka_unit_test(a_header_must_end_with_its_mark),
        cmocka_unit_test(a_mark_has_two_bytes),
        cmocka_unit_test(a_header_must_lie_inside),
        cmocka_unit_test(a_size_must_be_a_number_and_lie_inside),
        cmocka_unit_test(messages_show_fields_as_they_can_be_shown),
        cmocka_unit_test(a_name_of_blanks_is_empty),
        cmocka_unit_test(a_long_name_must_be_where_its_header_says),
        cmocka_unit_test(the_last_byte_of_the_table_may_be_named),
        cmocka_unit_test(a_table_of_names_must_end_its_last_name),
        cmocka_unit_test(a_table_of_names_may_be_empty),
        cmocka_unit_test(a_long_name_needs_the_table_before_it),
        cmocka_unit_test(an_archive_cut_anywhere_is_refused_or_ends_between_members),
        cmocka_unit_test(any_damaged_byte_ends_in_a_status),
    };
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
