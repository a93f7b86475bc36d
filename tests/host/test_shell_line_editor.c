/*
 * The line editor and completion: kernel/shell/line_editor.c, completion.c.
 *
 * The tests type keys and look at a model of a terminal one endless row wide. Before every key the
 * model must show exactly the prompt and the line, with the cursor where the editor has it.
 */
#include "kernel/shell/completion.c"
#include "kernel/shell/line_editor.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROMPT  "> "
#define UP      "\x1b[A"
#define DOWN    "\x1b[B"
#define RIGHT   "\x1b[C"
#define LEFT    "\x1b[D"
#define HOME    "\x1b[H"
#define END     "\x1b[F"
#define DELETE  "\x1b[3~"
#define CTRL(c) ((c)&0x1f)

#define ROW_BYTES 1024

static struct {
    const char *keys; /* still to be typed */
    bool is_checked;
    char row[ROW_BYTES];
    size_t column;
    bool in_sequence;
    char output[8192]; /* everything written */
    size_t output_length;
    size_t bells;
    struct line_editor editor;
} test;

static void assert_screen_agrees(void)
{
    char expected[ROW_BYTES];
    int length = snprintf(expected, sizeof(expected), PROMPT "%.*s", (int)test.editor.length,
                          test.editor.text);
    assert_memory_equal(test.row, expected, (size_t)length);
    for (size_t i = (size_t)length; i < ROW_BYTES; i++)
        assert_int_equal(test.row[i], ' ');
    assert_int_equal(test.column, strlen(PROMPT) + test.editor.cursor);
}

static char read_key(void)
{
    if (test.is_checked)
        assert_screen_agrees();
    assert_true(*test.keys != 0);
    return *test.keys++;
}

static void model_byte(char byte)
{
    if (test.in_sequence) {
        test.in_sequence = byte == '[';
    } else if (byte == '\x1b') {
        test.in_sequence = true;
        memset(test.row, ' ', ROW_BYTES);
        test.column = 0;
    } else if (byte == '\n') {
        memset(test.row, ' ', ROW_BYTES);
        test.column = 0;
    } else if (byte == '\b') {
        assert_true(test.column > 0);
        test.column--;
    } else if (byte == '\a') {
        test.bells++;
    } else {
        test.row[test.column++] = byte;
    }
}

static void write_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        model_byte(text[i]);
        if (test.output_length + 1 < sizeof(test.output))
            test.output[test.output_length++] = text[i];
    }
    test.output[test.output_length] = 0;
}

static void candidates(bool is_command, const char *directory, completion_visit visit,
                       void *context)
{
    if (is_command) {
        visit(context, "kload", false);
        visit(context, "kunload", false);
        visit(context, "kquery", false);
        visit(context, "ls", false);
    } else if (strcmp(directory, "/") == 0) {
        visit(context, "etc", true);
        visit(context, "read me", false);
        visit(context, "usr", true);
    } else if (strcmp(directory, "/usr/") == 0) {
        visit(context, "fmt.a", false);
        visit(context, "fortune.a", false);
    }
}

static const struct line_terminal terminal = {
    .read = read_key,
    .write = write_text,
    .candidates = candidates,
};

static int set_up(void **state UNUSED)
{
    memset(&test, 0, sizeof(test));
    memset(test.row, ' ', ROW_BYTES);
    test.is_checked = true;
    test.editor.terminal = &terminal;
    return 0;
}

/* Types `keys`, which end the line, and returns it. */
static const char *type(const char *keys)
{
    test.keys = keys;
    test.output_length = 0;
    test.bells = 0;
    return line_editor_read(&test.editor, PROMPT);
}

static void assert_line(const char *keys, const char *line)
{
    assert_string_equal(type(keys), line);
    assert_int_equal(*test.keys, 0);
}

static void typing_at_the_end_echoes_just_the_character(void **state UNUSED)
{
    assert_line("ls /\r", "ls /");
    assert_string_equal(test.output, PROMPT "ls /\n");
}

static void newline_and_return_end_a_line_and_both_together_end_one(void **state UNUSED)
{
    assert_line("a\n", "a");
    assert_line("b\r", "b");
    assert_line("\nc\r", "c");
    assert_line("\n\n", "");
}

static void keys_insert_and_delete_at_the_cursor(void **state UNUSED)
{
    assert_line("ac" LEFT "b\r", "abc");
    assert_line("abc" LEFT "\x7f\r", "ac");
    assert_line("abc" LEFT LEFT DELETE "\r", "ac");
    assert_line("abc\b\b\r", "a");
    assert_line("abc" HOME "x" END "y\r", "xabcy");
    assert_line("abc" HOME RIGHT "x\r", "axbc");
}

static void every_name_of_home_end_and_delete_is_known(void **state UNUSED)
{
    assert_line("b\x1b[1~a\x1b[4~c\r", "abc");
    assert_line("b\x1b[7~a\x1b[8~c\r", "abc");
    assert_line("b\x1bOHa\x1bOFc\r", "abc");
}

static void control_keys_edit(void **state UNUSED)
{
    const char keys_a_e[] = {'b', CTRL('A'), 'a', CTRL('E'), 'c', '\r', 0};
    assert_line(keys_a_e, "abc");
    const char keys_k[] = {'a', 'b', 'c', CTRL('B'), CTRL('B'), CTRL('K'), '\r', 0};
    assert_line(keys_k, "a");
    const char keys_u[] = {'a', 'b', 'c', CTRL('B'), CTRL('U'), '\r', 0};
    assert_line(keys_u, "c");
    const char keys_w[] = {'a', ' ', 'b', 'c', ' ', ' ', CTRL('W'), 'd', '\r', 0};
    assert_line(keys_w, "a d");
    const char keys_d[] = {'a', 'b', CTRL('A'), CTRL('D'), CTRL('E'), CTRL('D'), '\r', 0};
    assert_line(keys_d, "b");
    const char keys_l[] = {'a', 'b', CTRL('B'), CTRL('L'), 'c', '\r', 0};
    assert_line(keys_l, "acb");
}

static void edges_of_the_line_hold(void **state UNUSED)
{
    assert_line("\b" DELETE LEFT RIGHT HOME END "\x17\x15\x0b"
                "a" RIGHT DELETE "\r",
                "a");
}

static void control_c_clears_the_line_and_remembers_nothing(void **state UNUSED)
{
    assert_line("abc" LEFT "\x03", "");
    assert_string_equal(test.output, PROMPT "abc\bc^C\n");
    assert_null(line_editor_history(&test.editor, 0));
}

static void unknown_keys_do_nothing(void **state UNUSED)
{
    assert_line("a\x1b[5~\x1b[Zb\x01\x1b[1;5C\x05\x1a\xff\xc3"
                "c\r",
                "abc");
}

static void escape_alone_is_skipped(void **state UNUSED)
{
    assert_line("a\x1b"
                "b\x1b\x1b" LEFT "c\r",
                "acb");
}

static void a_line_has_an_end(void **state UNUSED)
{
    char keys[LINE_BYTES_MAX + 10];
    memset(keys, 'x', sizeof(keys));
    strcpy(keys + LINE_BYTES_MAX + 1, "\r");
    assert_int_equal(strlen(type(keys)), LINE_BYTES_MAX - 1);
    assert_int_equal(test.bells, 2);
}

static void history_goes_up_and_down(void **state UNUSED)
{
    assert_line("one\r", "one");
    assert_line("two\r", "two");
    assert_line(UP "\r", "two");
    assert_line(UP UP "\r", "one");
    assert_line("thr" UP UP DOWN DOWN "ee\r", "three");
    assert_line(UP UP UP UP UP UP UP DOWN "\r", "two");
}

static void history_keeps_no_blanks_and_no_repeats(void **state UNUSED)
{
    assert_line("one\r", "one");
    assert_line("one\r", "one");
    assert_line("  \r", "  ");
    assert_line("\r", "");
    assert_string_equal(line_editor_history(&test.editor, 0), "one");
    assert_null(line_editor_history(&test.editor, 1));
}

static void history_forgets_the_oldest(void **state UNUSED)
{
    char keys[32];
    for (int i = 0; i < LINE_HISTORY_COUNT + 5; i++) {
        snprintf(keys, sizeof(keys), "line%d\r", i);
        type(keys);
    }
    assert_string_equal(line_editor_history(&test.editor, 0), "line36");
    assert_string_equal(line_editor_history(&test.editor, LINE_HISTORY_COUNT - 1), "line5");
    assert_null(line_editor_history(&test.editor, LINE_HISTORY_COUNT));
    char ups[LINE_HISTORY_COUNT * 3 + 10] = "";
    for (int i = 0; i < LINE_HISTORY_COUNT + 1; i++)
        strcat(ups, UP);
    strcat(ups, "\r");
    assert_line(ups, "line5");
}

static void editing_an_old_line_does_not_change_it(void **state UNUSED)
{
    assert_line("one\r", "one");
    assert_line(UP "x\r", "onex");
    assert_string_equal(line_editor_history(&test.editor, 1), "one");
}

static void tab_completes_the_only_command(void **state UNUSED)
{
    assert_line("ku\t5\r", "kunload 5");
    assert_line("ls /; l\t/\r", "ls /; ls /");
}

static void tab_completes_paths_after_the_first_word(void **state UNUSED)
{
    assert_line("cat /u\tfm\t\r", "cat /usr/fmt.a ");
    assert_line("cat /usr/f\r", "cat /usr/f");
    assert_line("kload /usr/fo\t\r", "kload /usr/fortune.a ");
    assert_line("cat -x /e\t\r", "cat -x /etc/");
}

static void tab_before_the_end_inserts(void **state UNUSED)
{
    assert_line("cat /u x" LEFT LEFT "\t\r", "cat /usr/ x");
}

static void tab_goes_as_far_as_names_agree_then_lists(void **state UNUSED)
{
    assert_line("k\tl\t1\r", "kload 1");
    assert_non_null(strstr(test.output, "\nkload  kunload  kquery  \n" PROMPT "k"));
    assert_line("ls /\t\r", "ls /");
    assert_non_null(strstr(test.output, "\netc/  read me  usr/  \n" PROMPT "ls /"));
    assert_line("cat /usr/\tm\t\r", "cat /usr/fmt.a ");
    assert_null(strstr(test.output, "\nfmt.a"));
}

static void tab_without_candidates_rings(void **state UNUSED)
{
    assert_line("nope\t\r", "nope");
    assert_int_equal(test.bells, 1);
    assert_line("cat us\t\r", "cat us");
    assert_int_equal(test.bells, 1);
}

static void completed_names_are_quoted(void **state UNUSED)
{
    assert_line("cat /r\t\r", "cat /read\\ me ");
    assert_line("cat '/r\t\r", "cat '/read me' ");
    assert_line("cat /read\\ \t\r", "cat /read\\ me ");
    assert_line("cat \"/u\t\r", "cat \"/usr/");
}

static void any_keys_leave_screen_and_line_in_agreement(void **state UNUSED)
{
    static const char *const keys[] = {
        "a",    "b",       "k",
        " ",    "/",       ";",
        "'",    "\\",      "u",
        UP,     DOWN,      LEFT,
        LEFT,   RIGHT,     HOME,
        END,    "\b",      "\t",
        DELETE, "\x0b",    "\x15",
        "\x17", "\x0c",    "\r",
        "\x03", "kunload", "0123456789012345678901234567890123456789",
    };
    srand(1);
    for (int round = 0; round < 300; round++) {
        char typed[4096] = "";
        for (int i = 0; i < 60; i++)
            strcat(typed, keys[(size_t)rand() % ARRAY_COUNT(keys)]);
        strcat(typed, "\x03");
        for (test.keys = typed; *test.keys != 0;) {
            const char *line = line_editor_read(&test.editor, PROMPT);
            assert_true(strlen(line) < LINE_BYTES_MAX);
        }
    }
}

#define TEST(rule) cmocka_unit_test_setup(rule, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(typing_at_the_end_echoes_just_the_character),
        TEST(newline_and_return_end_a_line_and_both_together_end_one),
        TEST(keys_insert_and_delete_at_the_cursor),
        TEST(every_name_of_home_end_and_delete_is_known),
        TEST(control_keys_edit),
        TEST(edges_of_the_line_hold),
        TEST(control_c_clears_the_line_and_remembers_nothing),
        TEST(unknown_keys_do_nothing),
        TEST(escape_alone_is_skipped),
        TEST(a_line_has_an_end),
        TEST(history_goes_up_and_down),
        TEST(history_keeps_no_blanks_and_no_repeats),
        TEST(history_forgets_the_oldest),
        TEST(editing_an_old_line_does_not_change_it),
        TEST(tab_completes_the_only_command),
        TEST(tab_completes_paths_after_the_first_word),
        TEST(tab_before_the_end_inserts),
        TEST(tab_goes_as_far_as_names_agree_then_lists),
        TEST(tab_without_candidates_rings),
        TEST(completed_names_are_quoted),
        TEST(any_keys_leave_screen_and_line_in_agreement),
    };
    return cmocka_run_group_tests_name("shell_line_editor", tests, NULL, NULL);
}
