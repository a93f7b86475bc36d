/* boot/arguments.c: arguments as people write them and as boot loaders rewrite them. */
#include "tests/host/support.h"

#include <stdlib.h>
#include <string.h>

#include "boot/arguments.h"
#include "lib/compiler.h"

static void assert_value(const char *line, const char *key, const char *expected)
{
    char value[64] = "not touched";
    assert_true(boot_argument(line, key, value, sizeof(value)));
    assert_string_equal(value, expected);
}

static void assert_none(const char *line, const char *key)
{
    char value[64] = "not touched";
    assert_false(boot_argument(line, key, value, sizeof(value)));
    assert_string_equal(value, "");
}

static void a_key_is_found_as_a_whole_word(void **state)
{
    (void)state;
    assert_value("rc=/etc/rc panic=exit loglevel=3", "panic", "exit");
    assert_value("rc=/etc/rc panic=exit loglevel=3", "rc", "/etc/rc");
    assert_value("  a \t b=2  ", "b", "2");
    assert_value("a=b=c", "a", "b=c");
    assert_none("xpanic=exit panics=exit pani=c =panic x=panic", "panic");
    assert_none("", "panic");
    assert_none("   ", "panic");
}

static void a_bare_key_has_an_empty_value(void **state)
{
    (void)state;
    assert_value("selftest", "selftest", "");
    assert_value("a selftest b", "selftest", "");
    assert_value("selftest= b", "selftest", "");
    assert_value("selftest=\"\" b", "selftest", "");
}

static void the_last_one_wins(void **state)
{
    (void)state;
    assert_value("panic=halt x panic=exit y", "panic", "exit");
    assert_value("panic=halt panic", "panic", "");
    assert_value("panic panic=halt", "panic", "halt");
}

static void quotes_around_the_value_keep_blanks(void **state)
{
    (void)state;
    assert_value("a run=\"kload /usr/lib/ext/hello.a; poweroff\" b", "run",
                 "kload /usr/lib/ext/hello.a; poweroff");
    assert_none("run=\"panic panic=x\"", "panic");
    assert_value("run=a\" \"b", "run", "a b");
}

static void quotes_around_the_word_keep_blanks(void **state)
{
    (void)state;
    assert_value("a \"run=kload a; b\" panic=exit", "run", "kload a; b");
    assert_value("a \"run=kload a; b\" panic=exit", "panic", "exit");
    assert_none("\"run=x panic\"", "panic");
}

static void escaped_quotes_quote_too(void **state)
{
    (void)state;
    assert_value("a run=\\\"kload a; b\\\" panic=exit", "run", "kload a; b");
    assert_value("a run=\\\"kload a; b\\\" panic=exit", "panic", "exit");
    assert_value("\\\"run=a b\\\" c", "run", "a b");
    /* GRUB's way with run="echo \"x y\"" that it did not understand. */
    assert_value("run=\\\"echo \\\\\\\"x y\\\\\\\"\\\" b", "run", "echo \"x y\"");
}

static void quotes_inside_quotes_stand_for_themselves(void **state)
{
    (void)state;
    assert_value("run=\"echo \\\"x y\\\"; ls\" b", "run", "echo \"x y\"; ls");
    assert_value("\"run=echo \\\"x y\\\"\" b", "run", "echo \"x y\"");
    assert_value("run=\\\"a \"b\\\" c", "run", "a \"b");
}

static void quotes_around_word_and_value_both_go(void **state)
{
    (void)state;
    assert_value("\"run=\\\"a b\\\"\" c", "run", "a b");
    assert_value("\"run=\\\"a\\\" b \\\"c\\\"\"", "run", "\"a\" b \"c\"");
}

static void backslashes(void **state)
{
    (void)state;
    assert_value("a=x\\\\y", "a", "x\\y");
    assert_value("a=x\\ny", "a", "x\\ny");
    assert_value("a=it\\'s", "a", "it's");
    assert_value("a=x\\", "a", "x\\");
}

static void quotes_that_never_close_reach_to_the_end(void **state)
{
    (void)state;
    assert_value("run=\"a b c", "run", "a b c");
    assert_value("\"run=a b c", "run", "a b c");
    assert_value("run=\\\"a b c", "run", "a b c");
    assert_none("x=\" run=y", "run");
}

static void a_long_value_is_cut(void **state)
{
    (void)state;
    char value[4];
    assert_true(boot_argument("a=123456 b", "a", value, sizeof(value)));
    assert_string_equal(value, "123");
    assert_true(boot_argument("a=123456 b", "a", value, 1));
    assert_string_equal(value, "");
}

static void no_text_leads_outside(void **state)
{
    (void)state;
    const char alphabet[] = "a=\"\\ '";
    uint64_t random = 99;
    for (int round = 0; round < 100000; round++) {
        size_t length = random_next(&random) % 16;
        char *line = malloc(length + 1);
        for (size_t i = 0; i < length; i++)
            line[i] = alphabet[random_next(&random) % (sizeof(alphabet) - 1)];
        line[length] = 0;
        char value[6];
        boot_argument(line, "a", value, sizeof(value));
        assert_true(strlen(value) < sizeof(value));
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_found_as_a_whole_word),
        cmocka_unit_test(a_bare_key_has_an_empty_value),
        cmocka_unit_test(the_last_one_wins),
        cmocka_unit_test(quotes_around_the_value_keep_blanks),
        cmocka_unit_test(quotes_around_the_word_keep_blanks),
        cmocka_unit_test(escaped_quotes_quote_too),
        cmocka_unit_test(quotes_inside_quotes_stand_for_themselves),
        cmocka_unit_test(quotes_around_word_and_value_both_go),
        cmocka_unit_test(backslashes),
        cmocka_unit_test(quotes_that_never_close_reach_to_the_end),
        cmocka_unit_test(a_long_value_is_cut),
        cmocka_unit_test(no_text_leads_outside),
    };
    return cmocka_run_group_tests_name("boot_arguments", tests, NULL, NULL);
}
