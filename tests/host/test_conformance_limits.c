/*
 * Conformance where there is much of something: long chains, many dependents, wide circles. Sizes are
 * bounded by memory and by limits with a reason, never by the stack; times by the clock of this test.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "loader/live/load.h"
#include "loader/live/notes.h"
#include "loader/live/state.h"
#include "tests/host/host_modules.h"
#include "tests/host/host_process.h"
#include "tests/host/support.h"

/* Generous: these run under sanitizers on a host whose pages and files are found by a walk. */
#define SECONDS_MAX 20.0

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* /m0 imports from /m1 and so on; the last from what is given. */
static void add_chain(unsigned count, const char *last)
{
    for (unsigned i = 0; i < count; i++) {
        char path[24], exports[24], imports[48];
        snprintf(path, sizeof(path), "/m%u", i);
        snprintf(exports, sizeof(exports), "m%u", i);
        snprintf(imports, sizeof(imports), "/m%u:m%u", i + 1, i + 1);
        MODULE(path, .id = (int)i + 1, .exports = exports,
               .imports = i + 1 < count ? imports : last);
    }
}

/* A primary /m that imports from this many dependents. */
static void add_star(unsigned count, bool with_events)
{
    static char imports[LOAD_DEPENDENTS_MAX * 16];
    size_t used = 0;
    for (unsigned i = 0; i < count; i++) {
        char path[24];
        snprintf(path, sizeof(path), "/d%u", i);
        MODULE(path, .id = with_events ? (int)i + 1 : 0, .exports = "d");
        used += (size_t)snprintf(imports + used, sizeof(imports) - used, "%s:d ", path);
    }
    MODULE("/m", .imports = imports);
}

static void a_chain_of_200_dependents_is_loaded_and_unloaded(void **state)
{
    (void)state;
    enum { LENGTH = 200 };
    int events[2 * LENGTH + 1] = {0};
    struct loader_state before;
    loader_get_state(&before);
    add_chain(LENGTH, NULL);
    for (int i = 0; i < LENGTH; i++) {
        events[i] = EVENT_LOAD(LENGTH - i);
        events[LENGTH + i] = EVENT_UNLOAD(i + 1);
    }
    uint32_t kmid = load("/m0");
    assert_int_equal(bound_call(dependent_of(kmid, "/m198", NULL), 0), 1);
    unload_gone(kmid);
    loader_expect_events(events);
    expect_equal_states(&before);
}

static void a_chain_of_200_that_ends_in_a_missing_file_says_who_needs_it(void **state)
{
    (void)state;
    enum { LENGTH = 200 };
    add_chain(LENGTH, "/missing:m");
    load_refused("/m0", STATUS_FILE_MISSING, "");
    assert_string_equal(last_diagnosis()->file, "/missing");
    assert_int_equal(last_diagnosis()->notes_lost, 0);
    const char *line = last_notes();
    for (int i = LENGTH - 1; i >= 0; i--) {
        char wanted[48];
        snprintf(wanted, sizeof(wanted), "needed by /m%d\n", i);
        line = strstr(line, wanted);
        assert_non_null(line);
        line += strlen(wanted);
    }
    assert_string_equal(line, "");
    expect_no_events();
}

static void a_chain_of_200_whose_last_load_refuses_leaves_nothing(void **state)
{
    (void)state;
    add_chain(200, NULL);
    on_event(EVENT_LOAD(1), refuse);
    load_refused("/m0", STATUS_LOAD_REFUSED, "EBUSY");
}

/* Extensions over each other through /unix: the sweep goes down all of it, one at a time. */
static void a_sweep_goes_down_a_chain_of_200(void **state)
{
    (void)state;
    enum { LENGTH = 200 };
    struct loader_state before;
    uint32_t kmids[LENGTH];
    loader_get_state(&before);
    for (unsigned i = 0; i < LENGTH; i++) {
        char path[24], exports[24], imports[48];
        snprintf(path, sizeof(path), "/m%u", i);
        snprintf(exports, sizeof(exports), "m%u", i);
        snprintf(imports, sizeof(imports), "/unix:m%u", i - 1);
        MODULE(path, .exports = exports, .imports = i == 0 ? NULL : imports);
        kmids[i] = load(path);
    }
    for (unsigned i = 0; i + 1 < LENGTH; i++)
        assert_false(unload(kmids[i]).is_gone);
    unload_gone(kmids[LENGTH - 1]);
    expect_equal_states(&before);
}

static void a_thousand_dependents_are_loaded_in_bounded_time(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct loader_state before, after;
    loader_get_state(&before);
    add_star(COUNT, true);
    double start = seconds();
    uint32_t kmid = load("/m");
    loader_get_state(&after);
    assert_int_equal(after.instances - before.instances, COUNT + 1);
    for (unsigned i = 1; i < COUNT; i++)
        assert_int_not_equal(bound_address(kmid, i), bound_address(kmid, i - 1));
    unload_gone(kmid);
    assert_true(seconds() - start < SECONDS_MAX);
    expect_equal_states(&before);
}

static void a_thousand_dependents_fail_without_a_trace(void **state)
{
    (void)state;
    add_star(1000, true);
    on_event(EVENT_LOAD(1000), refuse);
    load_refused("/m", STATUS_LOAD_REFUSED, "EBUSY");
    MODULE("/d999", .exports = "other");
    load_refused("/m", STATUS_UNRESOLVED_DEPENDENT, "1 of 1000 imports");
}

/* The same names in a thousand groups are not in each other's way. */
static void a_thousand_copies_of_one_dependent_are_loaded_in_bounded_time(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct loader_state before;
    uint32_t kmids[COUNT];
    loader_get_state(&before);
    MODULE("/d", .exports = "a b c d");
    MODULE("/x", .imports = "/d:a /d:b /d:c /d:d");
    double start = seconds();
    for (int i = 0; i < COUNT; i++)
        kmids[i] = load("/x");
    assert_int_not_equal(bound_address(kmids[0], 0), bound_address(kmids[COUNT - 1], 0));
    for (int i = 0; i < COUNT; i++)
        unload_gone(kmids[i]);
    assert_true(seconds() - start < SECONDS_MAX);
    expect_equal_states(&before);
}

/* A name with a thousand definitions: the newest is found, and each one shows again in its turn. */
static void a_thousand_instances_are_a_stack_of_definitions(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    uint32_t kmids[COUNT];
    uint64_t addresses[COUNT];
    MODULE("/x", .exports = "x");
    for (int i = 0; i < COUNT; i++)
        kmids[i] = load("/x");
    for (int i = 0; i < COUNT; i++)
        addresses[i] = extension_of(kmids[i]).address[SEGMENT_TEXT];
    for (int i = COUNT; i > 0; i--) {
        assert_int_equal(loader_query("/x"), kmids[i - 1]);
        if (i % 50 == 0) /* a listing sorts every name */
            assert_int_equal(address_of("x"), addresses[i - 1]);
        unload_gone(kmids[i - 1]);
    }
}

static void one_load_has_a_limit_of_dependents(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    add_star(LOAD_DEPENDENTS_MAX, false);
    load_refused("/m", STATUS_DEPENDENT_LIMIT, "4096");
    add_star(LOAD_DEPENDENTS_MAX - 1, false);
    unload_gone(load("/m"));
    expect_equal_states(&before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, modules_start, modules_stop)
    const struct CMUnitTest tests[] = {
        TEST(a_chain_of_200_dependents_is_loaded_and_unloaded),
        TEST(a_chain_of_200_that_ends_in_a_missing_file_says_who_needs_it),
        TEST(a_chain_of_200_whose_last_load_refuses_leaves_nothing),
        TEST(a_sweep_goes_down_a_chain_of_200),
        TEST(a_thousand_dependents_are_loaded_in_bounded_time),
        TEST(a_thousand_dependents_fail_without_a_trace),
        TEST(a_thousand_copies_of_one_dependent_are_loaded_in_bounded_time),
        TEST(a_thousand_instances_are_a_stack_of_definitions),
        TEST(one_load_has_a_limit_of_dependents),
    };
    return cmocka_run_group_tests_name("conformance: limits", tests, NULL, NULL);
}
