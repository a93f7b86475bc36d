/*
 * The chosen mutant: the number in the environment's MUTANT, none without it. After MUTANT_SECONDS of the
 * processor's the program is ended.
 *
 * Of cmocka's tests only those are run that are named in TESTS, ":a:b:". With MUTANTS_SEEN, the name of a
 * file, each test is run alone, but for those in TESTS_SKIPPED, and gets a line there:
 * its name, the processor's seconds, and the numbers of what it reached. A program that is none of cmocka's gets
 * one line named -.
 */
#include "tests/mutation/mutant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#define MUTANTS_MAX 8192
#define TESTS_MAX   128

typedef const struct CMUnitTest tests_of_group[];

/* The linker puts ours in the place of cmocka's: --wrap=_cmocka_run_group_tests. */
int __real__cmocka_run_group_tests(const char *group, tests_of_group tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *group, tests_of_group tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

static unsigned chosen;
static unsigned char seen[MUTANTS_MAX];

bool mutant_is(unsigned number)
{
    seen[number % MUTANTS_MAX] = 1;
    return number == chosen;
}

__attribute__((constructor)) static void choose(void)
{
    const char *text = getenv("MUTANT");
    const char *seconds = getenv("MUTANT_SECONDS");
    chosen = text != NULL ? (unsigned)atoi(text) : 0;
    if (seconds != NULL) {
        struct rlimit limit = {(rlim_t)atoi(seconds), RLIM_INFINITY};
        setrlimit(RLIMIT_CPU, &limit);
    }
}

/* One line; what is seen next counts for the next one. */
static void write_seen(const char *name, double seconds)
{
    FILE *file = fopen(getenv("MUTANTS_SEEN"), "a");
    if (file == NULL)
        abort();
    fprintf(file, "%s %.3f", name, seconds);
    for (unsigned i = 0; i < MUTANTS_MAX; i++)
        if (seen[i])
            fprintf(file, " %u", i);
    fputc('\n', file);
    fclose(file);
    memset(seen, 0, sizeof(seen));
}

__attribute__((destructor)) static void write_rest(void)
{
    if (getenv("MUTANTS_SEEN") != NULL && memchr(seen, 1, sizeof(seen)) != NULL)
        write_seen("-", 0);
}

/* Of this process and those that it waited for: not the clock, which depends on what else runs. */
static double now(void)
{
    struct rusage ours, children;
    getrusage(RUSAGE_SELF, &ours);
    getrusage(RUSAGE_CHILDREN, &children);
    return (double)(ours.ru_utime.tv_sec + children.ru_utime.tv_sec) +
           (double)(ours.ru_utime.tv_usec + children.ru_utime.tv_usec) / 1e6;
}

/* A list is ":a:b:". */
static bool is_listed(const char *test, const char *list)
{
    char name[256];
    snprintf(name, sizeof(name), ":%s:", test);
    return strstr(list, name) != NULL;
}

static int measure_each(const char *group, tests_of_group tests, size_t count,
                        CMFixtureFunction setup, CMFixtureFunction teardown)
{
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        double start = now();
        if (is_listed(tests[i].name, getenv("TESTS_SKIPPED")))
            continue;
        failed += __real__cmocka_run_group_tests(group, &tests[i], 1, setup, teardown);
        write_seen(tests[i].name, now() - start);
    }
    return failed;
}

int __wrap__cmocka_run_group_tests(const char *group, tests_of_group tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    struct CMUnitTest named[TESTS_MAX];
    size_t named_count = 0;
    if (getenv("MUTANTS_SEEN") != NULL)
        return measure_each(group, tests, count, setup, teardown);
    for (size_t i = 0; i < count && named_count < TESTS_MAX; i++) {
        if (is_listed(tests[i].name, getenv("TESTS")))
            named[named_count++] = tests[i];
    }
    return __real__cmocka_run_group_tests(group, named, named_count, setup, teardown);
}
