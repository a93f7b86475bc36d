/*
 * Runs the self-tests that the linker has collected and reports them as KTAP:
 *
 *     KTAP version 1
 *     1..2
 *     ok 1 suite.rule
 *     # condition at file:line
 *     not ok 2 suite.rule
 */
#include "kernel/selftest/selftest.h"

#include "kernel/device/console.h"
#include "lib/text.h"

static struct {
    bool has_failed; /* the running test */
} selftest;

#define selftest_for_each(entry)                                                                   \
    for (const struct selftest *const *entry = selftests_start; entry < selftests_end; entry++)

void selftest_check(bool condition, const char *text, const char *file, int line)
{
    if (condition)
        return;
    selftest.has_failed = true;
    console_print("# %s at %s:%d\n", text, file, line);
}

static unsigned count_matches(const char *pattern)
{
    unsigned count = 0;
    selftest_for_each(entry) count += text_matches(pattern, (*entry)->name);
    return count;
}

/* True when the test passed. */
static bool run_one(const struct selftest *test, unsigned number)
{
    selftest.has_failed = false;
    test->run();
    console_print("%sok %u %s\n", selftest.has_failed ? "not " : "", number, test->name);
    return !selftest.has_failed;
}

unsigned selftests_run(const char *pattern)
{
    console_print("KTAP version 1\n1..%u\n", count_matches(pattern));
    unsigned number = 0;
    unsigned failed = 0;
    selftest_for_each(entry)
    {
        if (!text_matches(pattern, (*entry)->name))
            continue;
        number++;
        failed += !run_one(*entry, number);
    }
    return failed;
}
