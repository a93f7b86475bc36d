/* Import and export files: every form of line, and every mistake that has a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/image/symfile.h"

static struct symfile symfile;
static struct symfile_entry entry;
static const char *why;
static char *text_copy_exact;

/* The text goes to the heap without its zero byte, so that a read behind it is noticed. */
static void open_bytes(const char *text, size_t size)
{
    free(text_copy_exact);
    text_copy_exact = malloc(size > 0 ? size : 1);
    assert_non_null(text_copy_exact);
    memcpy(text_copy_exact, text, size);
    symfile_open(span_make(text_copy_exact, size), &symfile);
}

static void open_text(const char *text)
{
    open_bytes(text, strlen(text));
}

static int close_text(void **state)
{
    (void)state;
    free(text_copy_exact);
    text_copy_exact = NULL;
    return 0;
}

static void expect_entry(const char *name, const char *file, unsigned line)
{
    assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_ENTRY);
    assert_string_equal(entry.name, name);
    assert_string_equal(symfile.file, file);
    assert_int_equal(entry.line, line);
}

static void expect_error(unsigned line, const char *part)
{
    assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_ERROR);
    assert_int_equal(symfile.line, line);
    assert_non_null(strstr(why, part));
}

static void expect_end(void)
{
    assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_END);
    assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_END);
}

static void empty_text_has_no_symbols(void **state)
{
    (void)state;
    open_text("");
    expect_end();
    open_text("\n \t\n\r\n* only a comment\n   * another\n#\n# a remark\n");
    expect_end();
    open_text("#");
    expect_end();
}

static void one_symbol_a_line(void **state)
{
    (void)state;
    open_text("#!/unix\n* comment\nprintk\n\n\tkmalloc  \r\n_x.y$1");
    expect_entry("printk", "/unix", 3);
    assert_int_equal(entry.mclass, MOD_CLASS_SERVICE);
    expect_entry("kmalloc", "/unix", 5);
    expect_entry("_x.y$1", "/unix", 6);
    expect_end();
}

static void blanks_are_those_of_the_C_locale(void **state)
{
    (void)state;
    open_text(" \t\r\f\va \t\r\f\vsyscall\v\f\r\t \n");
    expect_entry("a", "", 1);
    assert_int_equal(entry.mclass, MOD_CLASS_SYSCALL32);
    expect_end();
}

/* Every byte behind an x; one that begins another word makes that a keyword, which it is none of. */
static void every_byte_belongs_in_a_name_or_does_not(void **state)
{
    (void)state;
    const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$";
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[] = {'x', (char)byte, 'x', 0};
        open_bytes(text, 3);
        if (byte >= 128 || (byte != 0 && strchr(letters, (int)byte) != NULL))
            expect_entry(text, "", 1);
        else if (byte == '\n')
            expect_entry("x", "", 1);
        else
            expect_error(1, byte != 0 && strchr(" \t\r\f\v", (int)byte) ? "keyword" : "letters");
    }
}

static void a_name_begins_with_anything_but_a_digit(void **state)
{
    (void)state;
    open_text("$x\n.x\n0x\n9x\n");
    expect_entry("$x", "", 1);
    expect_entry(".x", "", 2);
    expect_error(3, "digit");
    expect_error(4, "digit");
    expect_end();
}

static void symbol_before_any_file_line_has_no_file(void **state)
{
    (void)state;
    open_text("a\n#!/unix\nb\n#!\nc\n");
    expect_entry("a", "", 1);
    expect_entry("b", "/unix", 3);
    expect_entry("c", "", 5);
    expect_end();
}

static void file_lines_are_normalized(void **state)
{
    (void)state;
    open_text("#! /lib/a.o \na\n#!b.a(x.o)\nb\n#!  b.a  ( x.o ) \nc\n#!odd(1).a(m)\nd\n");
    expect_entry("a", "/lib/a.o", 2);
    expect_entry("b", "b.a(x.o)", 4);
    expect_entry("c", "b.a(x.o)", 6);
    expect_entry("d", "odd(1).a(m)", 8);
    expect_end();
}

static void keywords_give_classes(void **state)
{
    (void)state;
    open_text("a sysCALL\nb SVC\nc syscall32\nd svc32\ne syscall64\nf svc64\ng syscall3264\n"
              "h svc3264\ni\n");
    static const enum mod_class classes[] = {
        MOD_CLASS_SYSCALL32,   MOD_CLASS_SYSCALL32,   MOD_CLASS_SYSCALL32,
        MOD_CLASS_SYSCALL32,   MOD_CLASS_SYSCALL64,   MOD_CLASS_SYSCALL64,
        MOD_CLASS_SYSCALL3264, MOD_CLASS_SYSCALL3264, MOD_CLASS_SERVICE};
    for (size_t i = 0; i < ARRAY_COUNT(classes); i++) {
        assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_ENTRY);
        assert_int_equal(entry.mclass, classes[i]);
    }
    expect_end();
}

static void expect_modes(bool applies_32, bool applies_64)
{
    assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_ENTRY);
    assert_int_equal(symfile.applies_32, applies_32);
    assert_int_equal(symfile.applies_64, applies_64);
}

static void mode_lines_govern_what_follows(void **state)
{
    (void)state;
    open_text("a\n# 32\nb\n# 64\nc\n# no32\nd\n#\tno64 \ne\n# 32 remark\nf\n");
    expect_modes(true, true);
    expect_modes(true, false);
    expect_modes(false, true);
    expect_modes(false, true);
    expect_modes(true, false);
    expect_modes(true, false);
    expect_end();
}

static void mistakes_are_told_and_reading_goes_on(void **state)
{
    (void)state;
    open_text("a b\nc syscall x\nd 0x1000\n9e\nf-g\n#x\n#! (m)\n#!.\n#!a(m\n#!a( )\nlast");
    expect_error(1, "keyword");
    expect_error(2, "more than");
    expect_error(3, "fixed addresses");
    expect_error(4, "digit");
    expect_error(5, "letters");
    expect_error(6, "comments begin with *");
    expect_error(7, "path of its archive");
    expect_error(8, "main program");
    expect_error(9, "closing bracket");
    expect_error(10, "empty");
    assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_ENTRY);
    assert_string_equal(entry.name, "last");
    expect_end();
}

/* A keyword is compared no further than it reaches, and neither is what it is compared with. */
static void a_keyword_is_whole(void **state)
{
    (void)state;
    static const char *const words[] = {"s",          "sys",          "syscall3",
                                        "syscall326", "syscall32641", "svc6"};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        char text[32] = "a ";
        open_text(strcat(text, words[i]));
        expect_error(1, "keyword");
    }
    open_bytes("a svc3264\0", 10);
    expect_error(1, "keyword");
    open_text("a 0\na 9\na /\na :\na -9");
    expect_error(1, "fixed addresses");
    expect_error(2, "fixed addresses");
    expect_error(3, "keyword");
    expect_error(4, "keyword");
    expect_error(5, "keyword");
}

static void of_several_mistakes_the_first_is_told(void **state)
{
    (void)state;
    open_text("f-g svc\nf-g x\na b c\n");
    expect_error(1, "letters");
    expect_error(2, "letters");
    expect_error(3, "not one of");
    expect_end();
}

static void zero_bytes_are_refused(void **state)
{
    (void)state;
    open_bytes("a\0b\n#!a\0b\nc", 11);
    expect_error(1, "letters");
    expect_error(2, "zero byte");
    expect_entry("c", "", 3);
}

/* Opens `before`, then `length` times n, then `after`. */
static void open_long(const char *before, size_t length, const char *after)
{
    char text[2 * SYMFILE_NAME_MAX];
    size_t used = strlen(before);
    memcpy(text, before, used);
    memset(text + used, 'n', length);
    used += length;
    memcpy(text + used, after, strlen(after));
    open_bytes(text, used + strlen(after));
}

static void too_long_is_refused_and_one_less_is_not(void **state)
{
    (void)state;
    open_long("", SYMFILE_NAME_MAX, "");
    expect_error(1, "too long");
    open_long("", SYMFILE_NAME_MAX - 1, "");
    assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_ENTRY);
    assert_int_equal(strlen(entry.name), SYMFILE_NAME_MAX - 1);

    open_long("#!", SYMFILE_NAME_MAX, "\na");
    expect_error(1, "too long");
    open_long("#!", SYMFILE_NAME_MAX - 3, "(m)\na");
    expect_error(1, "too long");
    open_long("#!", SYMFILE_NAME_MAX - 4, "(m)\na");
    assert_int_equal(symfile_next(&symfile, &entry, &why), SYMFILE_ENTRY);
    assert_int_equal(strlen(symfile.file), SYMFILE_NAME_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_text_has_no_symbols),
        cmocka_unit_test(one_symbol_a_line),
        cmocka_unit_test(blanks_are_those_of_the_C_locale),
        cmocka_unit_test(every_byte_belongs_in_a_name_or_does_not),
        cmocka_unit_test(a_name_begins_with_anything_but_a_digit),
        cmocka_unit_test(symbol_before_any_file_line_has_no_file),
        cmocka_unit_test(file_lines_are_normalized),
        cmocka_unit_test(keywords_give_classes),
        cmocka_unit_test(mode_lines_govern_what_follows),
        cmocka_unit_test(mistakes_are_told_and_reading_goes_on),
        cmocka_unit_test(a_keyword_is_whole),
        cmocka_unit_test(of_several_mistakes_the_first_is_told),
        cmocka_unit_test(zero_bytes_are_refused),
        cmocka_unit_test(too_long_is_refused_and_one_less_is_not),
    };
    return cmocka_run_group_tests_name("symfile", tests, NULL, close_text);
}
