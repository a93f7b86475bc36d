/*
 * In-kernel self-tests: beside the code they test, found by linker table, run by selftest[=glob] on
 * the command line or the shell command of that name, reported as KTAP on the console.
 */
#pragma once

#include <stdbool.h>

struct selftest {
    const char *name; /* "suite.rule" */
    void (*run)(void);
};

/* SELFTEST(suite, rule) { body with CHECKs }. The table holds pointers, never structs. */
#define SELFTEST(suite, rule)                                                                      \
    static void selftest_run_##suite##_##rule(void);                                               \
    static const struct selftest selftest_##suite##_##rule = {                                     \
        .name = #suite "." #rule,                                                                  \
        .run = selftest_run_##suite##_##rule,                                                      \
    };                                                                                             \
    __attribute__((used, section(".table.selftests")))                                             \
    const struct selftest *const selftest_entry__##suite##__##rule = &selftest_##suite##_##rule;   \
    static void selftest_run_##suite##_##rule(void)

/* Notes a failure of the running test when `condition` is false; the test goes on. */
#define CHECK(condition) selftest_check((condition), #condition, __FILE__, __LINE__)
void selftest_check(bool condition, const char *text, const char *file, int line);

/* Runs the tests whose names match `pattern` and prints KTAP. Returns the number that failed. */
unsigned selftests_run(const char *pattern);

extern const struct selftest *const selftests_start[];
extern const struct selftest *const selftests_end[];
