/*
 * Conformance to the AIX reference, sections 1 and 2: the requests to load, to look up, to unload and
 * to configure. A test is named after the rule that it guards.
 */
#include <errno.h>
#include <string.h>

#include "loader/live/notes.h"
#include "loader/live/state.h"
#include "tests/host/host_modules.h"
#include "tests/host/host_process.h"
#include "tests/host/support.h"

static uint32_t load_single(const char *path)
{
    return load_by(&(const struct loader_request){.path = path, .flags = LOADER_SINGLE});
}

/* 1.1 */
static void a_load_always_makes_a_new_instance(void **state)
{
    (void)state;
    MODULE("/x", .id = 1, .exports = "x");
    MODULE("/user", .imports = "/unix:x");
    uint32_t first = load("/x");
    uint32_t first_user = load("/user");
    uint32_t second = load("/x");
    uint32_t second_user = load("/user");
    assert_int_not_equal(first, second);
    expect_events(EVENT_LOAD(1), EVENT_LOAD(1));
    assert_int_equal(bound_call(first_user, 0), 1);
    assert_int_equal(bound_call(first_user, 0), 2);
    assert_int_equal(bound_call(second_user, 0), 1);
}

/* 1.1 */
static void imports_from_unix_bind_to_the_name_space_as_it_is_at_load_time(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    MODULE("/user", .imports = "/unix:x");
    load_refused("/user", STATUS_UNRESOLVED, "1 of 1 imports");
    load("/x");
    uint64_t at_load_time = address_of("x");
    uint32_t user = load("/user");
    load("/x");
    assert_int_equal(bound_address(user, 0), at_load_time);
    assert_int_not_equal(address_of("x"), at_load_time);
}

/* 1.1, 4 */
static void exports_of_the_primary_are_global_and_those_of_dependents_are_not(void **state)
{
    (void)state;
    MODULE("/d", .exports = "below");
    MODULE("/x", .exports = "above", .imports = "/d:below");
    MODULE("/user", .imports = "/unix:below");
    load("/x");
    assert_int_not_equal(address_of("above"), 0);
    assert_int_equal(address_of("below"), 0);
    load_refused("/user", STATUS_UNRESOLVED, "1 of 1 imports");
    assert_null(strstr(last_notes(), "nearest: below"));
}

/* 2, LD_KERNELEX: without it nothing becomes global. */
static void without_kernelex_nothing_becomes_global(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    MODULE("/d", .exports = "below", .imports = "/x:above");
    MODULE("/x", .id = 1, .exports = "above", .imports = "/d:below");
    MODULE("/user", .imports = "/unix:above");
    uint32_t kmid = load_by(&(const struct loader_request){.path = "/x", .flags = LOADER_LOCAL});
    assert_int_equal(address_of("above"), 0);
    load_refused("/user", STATUS_UNRESOLVED, "");
    assert_int_equal(loader_query("/x"), kmid);
    assert_int_equal(bound_call(dependent_of(kmid, "/d", NULL), 0), 1);
    unload_gone(kmid);
    expect_equal_states(&before);
}

/* 1.2 */
static void singleload_of_an_absent_name_loads(void **state)
{
    (void)state;
    MODULE("/x", .id = 1);
    uint32_t kmid = load_single("/x");
    expect_events(EVENT_LOAD(1));
    expect_counts(kmid, 1, 0);
}

/* 1.2, 7 */
static void singleload_of_a_loaded_name_counts_one_more_request(void **state)
{
    (void)state;
    MODULE("/x", .id = 1);
    uint32_t kmid = load("/x");
    assert_int_equal(load_single("/x"), kmid);
    assert_int_equal(load_single("/x"), kmid);
    expect_counts(kmid, 3, 0);
    expect_events(EVENT_LOAD(1));
}

/* 1.2: "the same file spelled differently is loaded a second time". */
static void singleload_compares_path_names_to_the_letter(void **state)
{
    (void)state;
    static const char *const spellings[] = {"/d/x",   "//d/x", "/d//x", "./d/x",
                                            "/d/./x", "d/x",   "/D/x"};
    uint32_t kmids[ARRAY_COUNT(spellings)];
    for (size_t i = 0; i < ARRAY_COUNT(spellings); i++)
        MODULE(spellings[i], .id = 1);
    for (size_t i = 0; i < ARRAY_COUNT(spellings); i++) {
        kmids[i] = load_single(spellings[i]);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(kmids[k], kmids[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(spellings); i++) {
        expect_counts(kmids[i], 1, 0);
        assert_int_equal(loader_query(spellings[i]), kmids[i]);
    }
}

/* 1.2 */
static void singleload_returns_the_newest_instance(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    uint32_t older = load("/x");
    uint32_t newer = load("/x");
    assert_int_equal(load_single("/x"), newer);
    expect_counts(older, 1, 0);
    expect_counts(newer, 2, 0);
}

/* 10.2, decided: it does, and is asked for again. */
static void singleload_matches_an_extension_whose_load_count_is_0(void **state)
{
    (void)state;
    MODULE("/x", .id = 1, .exports = "x");
    MODULE("/user", .imports = "/unix:x");
    uint32_t kmid = load("/x");
    uint32_t user = load("/user");
    assert_false(unload(kmid).is_gone);
    assert_int_equal(loader_query("/x"), kmid);
    assert_int_equal(load_single("/x"), kmid);
    expect_counts(kmid, 1, 1);
    unload_gone(user);
    expect_counts(kmid, 1, 0);
    expect_events(EVENT_LOAD(1));
}

/* 1.2, 4, decided: dependents serve their own extension only. */
static void singleload_and_query_do_not_match_a_private_dependent(void **state)
{
    (void)state;
    MODULE("/d", .exports = "d");
    MODULE("/x", .imports = "/d:d");
    uint32_t primary = load("/x");
    uint32_t dependent = dependent_of(primary, "/d", NULL);
    assert_int_equal(loader_query("/d"), 0);
    uint32_t kmid = load_single("/d");
    assert_int_not_equal(kmid, dependent);
    expect_counts(dependent, 0, 1);
    assert_int_equal(loader_query("/d"), kmid);
    unload_gone(kmid);
    assert_int_equal(loader_query("/d"), 0);
}

/* 1.3 */
static void query_gives_0_when_absent(void **state)
{
    (void)state;
    MODULE("/x", .id = 1);
    assert_int_equal(loader_query("/x"), 0);
    assert_int_equal(loader_query("/missing"), 0);
    assert_int_equal(loader_query(""), 0);
    unload_gone(load("/x"));
    assert_int_equal(loader_query("/x"), 0);
    on_event(EVENT_LOAD(1), refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    assert_int_equal(loader_query("/x"), 0);
}

/* 1.3 */
static void query_gives_the_most_recently_loaded_instance(void **state)
{
    (void)state;
    MODULE("/x", .id = 1);
    uint32_t first = load("/x");
    uint32_t second = load("/x");
    uint32_t third = load("/x");
    assert_int_equal(loader_query("/x"), third);
    unload_gone(second);
    assert_int_equal(loader_query("/x"), third);
    unload_gone(third);
    assert_int_equal(loader_query("/x"), first);
}

/* 1.3 */
static void query_changes_no_count(void **state)
{
    (void)state;
    struct loader_state before;
    MODULE("/x", .id = 1);
    uint32_t kmid = load("/x");
    loader_get_state(&before);
    for (int i = 0; i < 10; i++)
        assert_int_equal(loader_query("/x"), kmid);
    expect_equal_states(&before);
    expect_counts(kmid, 1, 0);
}

/* 1.4: "on error nothing is unloaded and no count is changed". */
static void a_refused_unload_changes_nothing(void **state)
{
    (void)state;
    struct loader_state before;
    MODULE("/x", .id = 1, .exports = "x");
    MODULE("/user", .id = 2, .imports = "/unix:x");
    uint32_t kmid = load("/x");
    uint32_t user = load("/user");
    on_event(EVENT_UNLOAD(2), refuse);
    loader_get_state(&before);
    assert_int_equal(ask_unload(user), STATUS_UNLOAD_REFUSED);
    assert_int_equal(ask_unload(user + 1), STATUS_KMID_UNKNOWN);
    assert_int_equal(ask_unload(UINT32_MAX), STATUS_KMID_UNKNOWN);
    assert_int_equal(ask_unload(0), STATUS_KMID_KERNEL);
    expect_equal_states(&before);
    expect_counts(kmid, 1, 1);
    expect_counts(user, 1, 0);
}

/* 1.4, decided: whoever asks for a dependent to go is told that it stays. */
static void an_unload_of_a_private_dependent_changes_nothing(void **state)
{
    (void)state;
    struct loader_state before;
    MODULE("/d", .id = 1, .exports = "d");
    MODULE("/x", .id = 2, .imports = "/d:d");
    uint32_t primary = load("/x");
    uint32_t dependent = dependent_of(primary, "/d", NULL);
    loader_get_state(&before);
    struct loader_unload_result result = unload(dependent);
    assert_false(result.is_gone);
    assert_int_equal(result.load_count, 0);
    assert_int_equal(result.use_count, 1);
    expect_equal_states(&before);
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2));
}

/* What the entry point was called with, and what it returns. */
static struct {
    int command;
    void *data;
    int number;
    unsigned calls;
    int value;
} entry;

static int answer(int command, void *data, int number)
{
    entry.command = command;
    entry.data = data;
    entry.number = number;
    entry.calls++;
    return entry.value;
}

static enum status configure(uint32_t kmid, int command, void *data, int *error)
{
    struct diagnosis diagnosis;
    enum status status = loader_configure(kmid, command, data, &diagnosis);
    assert_int_equal(diagnosis.status, status);
    *error = diagnosis.error;
    diagnosis_release(&diagnosis);
    return status;
}

static void entry_start(int value)
{
    memset(&entry, 0, sizeof(entry));
    entry.value = value;
    loader_answer = answer;
}

/* 1.5: "cmd is passed through uninterpreted; any number of calls is allowed, in any order". */
static void the_entry_point_gets_command_and_data_as_they_are_given(void **state)
{
    (void)state;
    static const int commands[] = {2, 1, 1, 0, -7, INT32_MAX, 2};
    int error;
    MODULE("/x", .id = 5, .has_entry = true);
    uint32_t kmid = load("/x");
    entry_start(0);
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        void *data = i % 2 == 0 ? &entry : NULL;
        assert_int_equal(configure(kmid, commands[i], data, &error), STATUS_OK);
        assert_int_equal(entry.command, commands[i]);
        assert_ptr_equal(entry.data, data);
        assert_int_equal(entry.number, 5);
    }
    assert_int_equal(entry.calls, ARRAY_COUNT(commands));
}

/* 1.5: "entry returned non-zero -> errno = that value". 8, complaint 4: it stays loaded. */
static void the_entry_points_error_is_given_on_and_the_extension_stays(void **state)
{
    (void)state;
    int error;
    MODULE("/x", .id = 1, .has_entry = true);
    uint32_t kmid = load("/x");
    entry_start(ENOMEM);
    assert_int_equal(configure(kmid, 1, NULL, &error), STATUS_ENTRY_REFUSED);
    assert_int_equal(error, ENOMEM);
    entry.value = -3;
    assert_int_equal(configure(kmid, 1, NULL, &error), STATUS_ENTRY_REFUSED);
    assert_int_equal(error, EINVAL);
    expect_counts(kmid, 1, 0);
}

/* 1.5 */
static void configuring_needs_an_instance_with_an_entry_point(void **state)
{
    (void)state;
    int error;
    MODULE("/x", .id = 1);
    uint32_t kmid = load("/x");
    entry_start(0);
    assert_int_equal(configure(kmid, 1, NULL, &error), STATUS_NO_ENTRY_POINT);
    assert_int_equal(configure(kmid + 1, 1, NULL, &error), STATUS_KMID_UNKNOWN);
    assert_int_equal(error, EINVAL);
    assert_int_equal(configure(0, 1, NULL, &error), STATUS_KERNEL_ENTRY);
    assert_int_equal(error, EINVAL);
    assert_int_equal(entry.calls, 0);
}

/* 2: "loading itself does not call the entry point"; 1.4: neither does the unload. */
static void neither_load_nor_unload_calls_the_entry_point(void **state)
{
    (void)state;
    MODULE("/x", .id = 1, .has_entry = true);
    entry_start(0);
    unload_gone(load("/x"));
    assert_int_equal(entry.calls, 0);
}

/* 2, kmod_entrypt: "NULL on error". */
static void the_entry_points_address_is_that_of_the_instance(void **state)
{
    (void)state;
    MODULE("/x", .id = 1, .has_entry = true);
    MODULE("/plain", .id = 2);
    uint32_t first = load("/x");
    uint32_t second = load("/x");
    uint32_t plain = load("/plain");
    assert_int_not_equal(loader_entry(first), 0);
    assert_int_not_equal(loader_entry(first), loader_entry(second));
    assert_true(loader_entry(first) >= extension_of(first).address[SEGMENT_TEXT]);
    assert_true(loader_entry(first) <
                extension_of(first).address[SEGMENT_TEXT] + extension_of(first).size_bytes[0]);
    assert_int_equal(loader_entry(plain), 0);
    assert_int_equal(loader_entry(0), 0);
    assert_int_equal(loader_entry(plain + 1), 0);
    assert_int_equal(address_of("configure"), 0);
}

static uint32_t own_kmid;

static int unload_itself(int command, void *data, int number)
{
    (void)command;
    (void)data;
    (void)number;
    assert_int_equal(ask_unload(own_kmid), STATUS_OK);
    assert_true(is_loaded(own_kmid)); /* not while its code runs */
    return 0;
}

/* 1.5, 7: code that runs is not taken away. */
static void an_entry_point_that_unloads_its_own_extension_returns_first(void **state)
{
    (void)state;
    int error;
    MODULE("/x", .id = 1, .has_entry = true);
    own_kmid = load("/x");
    loader_answer = unload_itself;
    assert_int_equal(configure(own_kmid, 2, NULL, &error), STATUS_OK);
    assert_false(is_loaded(own_kmid));
    expect_events(EVENT_LOAD(1), EVENT_UNLOAD(1));
}

static int load_another(int command, void *data, int number)
{
    (void)data;
    (void)number;
    assert_int_equal(ask_load("/other", 0, &own_kmid), STATUS_OK);
    return command;
}

/* 1.5, decided: a configuration is no transaction. */
static void what_an_entry_point_asked_for_stays_whatever_it_returns(void **state)
{
    (void)state;
    int error;
    MODULE("/x", .id = 1, .has_entry = true);
    MODULE("/other", .id = 2);
    uint32_t kmid = load("/x");
    loader_answer = load_another;
    assert_int_equal(configure(kmid, EIO, NULL, &error), STATUS_ENTRY_REFUSED);
    assert_int_equal(error, EIO);
    expect_counts(own_kmid, 1, 0);
    assert_null(loader.innermost);
}

/* 8, complaint 5: an importer asks for a name only; nobody loads what could provide it. */
static void nothing_is_loaded_for_an_import_from_unix(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    MODULE("/user", .imports = "/unix:x");
    load_refused("/user", STATUS_UNRESOLVED, "");
    assert_int_equal(loader_query("/x"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, modules_start, modules_stop)
    const struct CMUnitTest tests[] = {
        TEST(a_load_always_makes_a_new_instance),
        TEST(imports_from_unix_bind_to_the_name_space_as_it_is_at_load_time),
        TEST(exports_of_the_primary_are_global_and_those_of_dependents_are_not),
        TEST(without_kernelex_nothing_becomes_global),
        TEST(singleload_of_an_absent_name_loads),
        TEST(singleload_of_a_loaded_name_counts_one_more_request),
        TEST(singleload_compares_path_names_to_the_letter),
        TEST(singleload_returns_the_newest_instance),
        TEST(singleload_matches_an_extension_whose_load_count_is_0),
        TEST(singleload_and_query_do_not_match_a_private_dependent),
        TEST(query_gives_0_when_absent),
        TEST(query_gives_the_most_recently_loaded_instance),
        TEST(query_changes_no_count),
        TEST(a_refused_unload_changes_nothing),
        TEST(an_unload_of_a_private_dependent_changes_nothing),
        TEST(the_entry_point_gets_command_and_data_as_they_are_given),
        TEST(the_entry_points_error_is_given_on_and_the_extension_stays),
        TEST(configuring_needs_an_instance_with_an_entry_point),
        TEST(neither_load_nor_unload_calls_the_entry_point),
        TEST(the_entry_points_address_is_that_of_the_instance),
        TEST(an_entry_point_that_unloads_its_own_extension_returns_first),
        TEST(what_an_entry_point_asked_for_stays_whatever_it_returns),
        TEST(nothing_is_loaded_for_an_import_from_unix),
    };
    return cmocka_run_group_tests_name("conformance: requests", tests, NULL, NULL);
}
