/* The shell's grammar: kernel/shell/parser.c. */
#include "kernel/shell/parser.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/compiler.h"

static struct parser parser_of(const char *text)
{
    return (struct parser){.position = text, .end = text + strlen(text)};
}

/* Reads the only command of `text`, which has the words that follow, up to NULL. */
static void assert_words(const char *text, ...)
{
    struct parser parser = parser_of(text);
    struct parsed_command command;
    assert_int_equal(parser_next(&parser, 7, &command), PARSER_COMMAND);
    va_list words;
    va_start(words, text);
    int count = 0;
    for (const char *word = va_arg(words, char *); word != NULL; word = va_arg(words, char *)) {
        assert_true(count < command.word_count);
        assert_string_equal(command.words[count++], word);
    }
    va_end(words);
    assert_int_equal(command.word_count, count);
    assert_null(command.words[count]);
    assert_int_equal(parser_next(&parser, 7, &command), PARSER_END);
}

static void assert_error(const char *text, const char *why)
{
    struct parser parser = parser_of(text);
    struct parsed_command command;
    assert_int_equal(parser_next(&parser, 0, &command), PARSER_ERROR);
    assert_string_equal(command.error, why);
}

static void words_are_split_at_spaces(void **state UNUSED)
{
    assert_words("  kload \t-s  /a/b.a  ", "kload", "-s", "/a/b.a", NULL);
}

static void single_quotes_keep_everything(void **state UNUSED)
{
    assert_words("echo 'a  ; \\ \" $? # b'", "echo", "a  ; \\ \" $? # b", NULL);
}

static void double_quotes_keep_spaces_and_replace_status(void **state UNUSED)
{
    assert_words("echo \"a ; $? \\$? \\\" \\\\ \\n 'x'\"", "echo", "a ; 7 $? \" \\ \\n 'x'", NULL);
}

static void backslash_takes_the_meaning_away(void **state UNUSED)
{
    assert_words("echo a\\ b \\; \\' \\\\ \\$? \\#x", "echo", "a b", ";", "'", "\\", "$?", "#x",
                 NULL);
}

static void quotes_join_within_a_word(void **state UNUSED)
{
    assert_words("echo a'b c'\"d\"e", "echo", "ab cde", NULL);
}

static void empty_quotes_are_a_word(void **state UNUSED)
{
    assert_words("echo '' \"\"", "echo", "", "", NULL);
}

static void status_is_expanded_inside_words(void **state UNUSED)
{
    assert_words("echo a$?b $ $x", "echo", "a7b", "$", "$x", NULL);
}

static void comment_starts_only_where_a_word_would(void **state UNUSED)
{
    assert_words("echo a#b # c; d 'e", "echo", "a#b", NULL);
    assert_words("# first\n\n  # second\necho x", "echo", "x", NULL);
}

static void semicolons_and_newlines_separate_commands(void **state UNUSED)
{
    const char *expected[] = {"a", "b", "c", "d"};
    struct parser parser = parser_of(";; a;b ;\n;c\r\nd;");
    struct parsed_command command;
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        assert_int_equal(parser_next(&parser, 0, &command), PARSER_COMMAND);
        assert_int_equal(command.word_count, 1);
        assert_string_equal(command.words[0], expected[i]);
    }
    assert_int_equal(parser_next(&parser, 0, &command), PARSER_END);
}

static void nothing_but_space_is_the_end(void **state UNUSED)
{
    const char *texts[] = {"", "  ", ";", " ; \n;", "# only a comment"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct parser parser = parser_of(texts[i]);
        struct parsed_command command;
        assert_int_equal(parser_next(&parser, 0, &command), PARSER_END);
    }
}

static void source_is_the_command_as_written(void **state UNUSED)
{
    struct parser parser = parser_of("  echo 'a b'  ; ls # x");
    struct parsed_command command;
    assert_int_equal(parser_next(&parser, 0, &command), PARSER_COMMAND);
    assert_int_equal(command.source_length, 10);
    assert_memory_equal(command.source, "echo 'a b'", 10);
    assert_int_equal(parser_next(&parser, 0, &command), PARSER_COMMAND);
    assert_int_equal(command.source_length, 2);
}

static void unclosed_quote_is_an_error(void **state UNUSED)
{
    assert_error("echo 'a", "the quote is not closed");
    assert_error("echo \"a\\\"", "the quote is not closed");
    assert_error("echo 'a\nb'", "the quote is not closed");
}

static void backslash_at_the_end_is_an_error(void **state UNUSED)
{
    assert_error("echo \\", "nothing follows the backslash");
    assert_error("echo \\\nls", "nothing follows the backslash");
}

static void an_error_skips_the_rest_of_its_line(void **state UNUSED)
{
    struct parser parser = parser_of("echo 'a ; b\nc");
    struct parsed_command command;
    assert_int_equal(parser_next(&parser, 0, &command), PARSER_ERROR);
    assert_int_equal(parser_next(&parser, 0, &command), PARSER_COMMAND);
    assert_string_equal(command.words[0], "c");
}

static void too_many_words_are_an_error(void **state UNUSED)
{
    char text[2 * (PARSER_WORDS_MAX + 1) + 1] = "";
    for (int i = 0; i < PARSER_WORDS_MAX; i++)
        strcat(text, "x ");
    struct parser parser = parser_of(text);
    struct parsed_command command;
    assert_int_equal(parser_next(&parser, 0, &command), PARSER_COMMAND);
    assert_int_equal(command.word_count, PARSER_WORDS_MAX);
    strcat(text, "x");
    assert_error(text, "the command has too many words");
}

static void text_that_does_not_fit_is_an_error(void **state UNUSED)
{
    char text[PARSER_TEXT_MAX + 1];
    memset(text, 'x', PARSER_TEXT_MAX);
    text[PARSER_TEXT_MAX] = 0;
    assert_error(text, "the command is too long");
    text[PARSER_TEXT_MAX - 1] = 0;
    assert_words(text, text, NULL);
}

static void a_line_ends_at_its_newline(void **state UNUSED)
{
    struct parser parser = parser_of("a;b\nc");
    struct parser line = parser_take_line(&parser);
    assert_int_equal(line.end - line.position, 3);
    line = parser_take_line(&parser);
    assert_int_equal(line.end - line.position, 1);
    assert_ptr_equal(parser.position, parser.end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_at_spaces),
        cmocka_unit_test(single_quotes_keep_everything),
        cmocka_unit_test(double_quotes_keep_spaces_and_replace_status),
        cmocka_unit_test(backslash_takes_the_meaning_away),
        cmocka_unit_test(quotes_join_within_a_word),
        cmocka_unit_test(empty_quotes_are_a_word),
        cmocka_unit_test(status_is_expanded_inside_words),
        cmocka_unit_test(comment_starts_only_where_a_word_would),
        cmocka_unit_test(semicolons_and_newlines_separate_commands),
        cmocka_unit_test(nothing_but_space_is_the_end),
        cmocka_unit_test(source_is_the_command_as_written),
        cmocka_unit_test(unclosed_quote_is_an_error),
        cmocka_unit_test(backslash_at_the_end_is_an_error),
        cmocka_unit_test(an_error_skips_the_rest_of_its_line),
        cmocka_unit_test(too_many_words_are_an_error),
        cmocka_unit_test(text_that_does_not_fit_is_an_error),
        cmocka_unit_test(a_line_ends_at_its_newline),
    };
    return cmocka_run_group_tests_name("shell_parser", tests, NULL, NULL);
}
