/*
 * Conformance to the AIX reference, sections 4 (several instances), 2 (unload pending) and 7: load
 * counts, use counts, and when extensions go. Where the documents disagree (section 2), Programming
 * Concepts is followed.
 */
#include <errno.h>

#include "loader/live/notes.h"
#include "loader/live/state.h"
#include "tests/host/host_modules.h"
#include "tests/host/host_process.h"
#include "tests/host/support.h"

static unsigned clean(void)
{
    struct diagnosis diagnosis;
    unsigned count = 4711;
    assert_int_equal(loader_clean(&count, &diagnosis), STATUS_OK);
    diagnosis_release(&diagnosis);
    return count;
}

/* 7, row 1: "SYS_KLOAD / kmod_load makes instance X: load count 1, use count 0". */
static void a_load_gives_load_count_1_and_use_count_0(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    expect_counts(load("/x"), 1, 0);
    expect_counts(load("/x"), 1, 0);
}

/* 7, row 2: "SINGLELOAD finds X: load count + 1". */
static void a_single_load_adds_1_to_the_load_count_only(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    uint32_t kmid = load("/x");
    load_by(&(const struct loader_request){.path = "/x", .flags = LOADER_SINGLE});
    expect_counts(kmid, 2, 0);
}

/* 7, row 3: "QUERY finds X: nothing". */
static void a_query_adds_nothing(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    uint32_t kmid = load("/x");
    assert_int_equal(loader_query("/x"), kmid);
    expect_counts(kmid, 1, 0);
}

/* 7, row 4: "+1 per object file, not per symbol". */
static void the_use_count_counts_objects_not_symbols(void **state)
{
    (void)state;
    MODULE("/x", .exports = "a b c");
    MODULE("/y", .imports = "/unix:a /unix:b /unix:c");
    MODULE("/z", .imports = "/unix:b /unix:c");
    uint32_t x = load("/x");
    uint32_t y = load("/y");
    expect_counts(x, 1, 1);
    uint32_t z = load("/z");
    expect_counts(x, 1, 2);
    unload_gone(y);
    expect_counts(x, 1, 1);
    unload_gone(z);
    expect_counts(x, 1, 0);
}

/* 7, row 4: nobody uses what it does not bind; the kernel has no count. */
static void an_export_that_nobody_binds_has_no_users(void **state)
{
    (void)state;
    MODULE("/x", .exports = "a");
    MODULE("/y", .imports = "/unix:record");
    uint32_t x = load("/x");
    load("/y");
    expect_counts(x, 1, 0);
    assert_int_equal(loader.kernel->use_count, 0);
}

/* 10.2, decided: own exports are not there yet when imports are bound, so this binds the older one. */
static void an_import_of_the_own_export_from_unix_binds_the_older_definition(void **state)
{
    (void)state;
    MODULE("/x", .exports = "a", .imports = "/unix:a");
    load_refused("/x", STATUS_UNRESOLVED, "1 of 1");
    MODULE("/first", .exports = "a");
    uint32_t first = load("/first");
    uint64_t older = address_of("a");
    uint32_t x = load("/x");
    assert_int_equal(bound_address(x, 0), older);
    assert_int_not_equal(address_of("a"), older);
    expect_counts(first, 1, 1);
    expect_counts(x, 1, 0);
}

/* 7, row 5: "X is a dependent: 0; + per referencing module". */
static void a_dependent_has_load_count_0_and_a_use_for_each_referencing_module(void **state)
{
    (void)state;
    MODULE("/d", .exports = "a b");
    MODULE("/e", .imports = "/d:a /d:b", .exports = "e");
    MODULE("/x", .imports = "/d:a /e:e");
    uint32_t x = load("/x");
    expect_counts(x, 1, 0);
    expect_counts(dependent_of(x, "/d", NULL), 0, 2);
    expect_counts(dependent_of(x, "/e", NULL), 0, 1);
}

/* 7, row 8: "SYS_KULOAD of X: load count - 1". */
static void an_unload_takes_1_from_the_load_count(void **state)
{
    (void)state;
    MODULE("/x", .id = 1);
    uint32_t kmid = load("/x");
    for (int i = 0; i < 2; i++)
        load_by(&(const struct loader_request){.path = "/x", .flags = LOADER_SINGLE});
    for (uint32_t left = 2; left > 0; left--) {
        struct loader_unload_result result = unload(kmid);
        assert_false(result.is_gone);
        assert_int_equal(result.load_count, left);
        expect_counts(kmid, left, 0);
    }
    expect_events(EVENT_LOAD(1));
    unload_gone(kmid);
    expect_events(EVENT_LOAD(1), EVENT_UNLOAD(1));
}

/* 7, note: "an extension that remains resident must keep its references". */
static void an_unload_that_only_counts_keeps_the_references(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    MODULE("/y", .exports = "y", .imports = "/unix:x");
    MODULE("/z", .imports = "/unix:y");
    uint32_t x = load("/x");
    uint32_t y = load("/y");
    load("/z");
    assert_false(unload(y).is_gone);
    expect_counts(y, 0, 1);
    expect_counts(x, 1, 1);
    assert_int_equal(bound_call(y, 0), 1);
}

/* 7, row 9: "Y is really unloaded: -1 on everything Y referenced". */
static void a_real_unload_takes_1_from_everything_it_referenced(void **state)
{
    (void)state;
    MODULE("/a", .exports = "a");
    MODULE("/b", .exports = "b");
    MODULE("/d", .imports = "/unix:b", .exports = "d");
    MODULE("/y", .imports = "/unix:a /d:d");
    uint32_t a = load("/a");
    uint32_t b = load("/b");
    uint32_t y = load("/y");
    expect_counts(a, 1, 1);
    expect_counts(b, 1, 1);
    unload_gone(y);
    expect_counts(a, 1, 0);
    expect_counts(b, 1, 0);
}

/* 1.4, 7: "freed at once when an explicit unload finds both counts 0": text and data. */
static void an_unload_that_finds_both_counts_0_frees_at_once(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    MODULE("/x", .id = 1, .exports = "x");
    uint32_t kmid = load("/x");
    assert_true(host_live_pages() > 0);
    unload_gone(kmid);
    assert_int_equal(host_live_pages(), 0);
    assert_int_equal(address_of("x"), 0);
    expect_equal_states(&before);
}

/* A provider at 0/1 whose user's _unload refuses while it is swept: both stay at 0/0 and 0/1. */
struct pending {
    uint32_t provider, user, other;
};

static struct pending make_pending(void)
{
    struct pending pending;
    MODULE("/p", .id = 1, .exports = "p");
    MODULE("/u", .id = 2, .imports = "/unix:p", .exports = "u");
    MODULE("/other", .id = 3);
    pending.provider = load("/p");
    pending.user = load("/u");
    pending.other = load("/other");
    assert_false(unload(pending.provider).is_gone);
    loader_forget_events();
    return pending;
}

/* 2, the disputed rule, as Programming Concepts has it: pending exports can still be bound. */
static void exports_of_a_pending_extension_can_still_be_bound(void **state)
{
    (void)state;
    struct pending pending = make_pending();
    uint64_t address = address_of("p");
    assert_int_not_equal(address, 0);
    uint32_t late = load("/u");
    assert_int_equal(bound_address(late, 0), address);
    expect_counts(pending.provider, 0, 2);
    unload_gone(pending.user);
    expect_counts(pending.provider, 0, 1);
    unload_gone(late);
    assert_false(is_loaded(pending.provider));
}

/* 7: both counts 0 without a sweep: it is still there, and can be bound until one comes. */
static void an_extension_at_0_0_stays_bindable_until_a_sweep(void **state)
{
    (void)state;
    struct pending pending = make_pending();
    on_event(EVENT_UNLOAD(1), refuse);
    unload_gone(pending.user);
    expect_counts(pending.provider, 0, 0);
    assert_int_not_equal(address_of("p"), 0);
    uint32_t late = load("/u");
    expect_counts(pending.provider, 0, 1);
    on_event(EVENT_UNLOAD(1), NULL);
    assert_int_equal(clean(), 0); /* it is used again, so the sweep leaves it */
    expect_counts(pending.provider, 0, 1);
    unload_gone(late);
    assert_false(is_loaded(pending.provider));
}

/* 7, row 10: "slibclean, or any extension unload: everything with both counts 0 goes". */
static void any_unload_sweeps_everything_at_0_0(void **state)
{
    (void)state;
    struct pending pending = make_pending();
    on_event(EVENT_UNLOAD(1), refuse);
    unload_gone(pending.user);
    on_event(EVENT_UNLOAD(1), NULL);
    expect_counts(pending.provider, 0, 0);
    unload_gone(pending.other);
    assert_false(is_loaded(pending.provider));
    expect_events(EVENT_UNLOAD(2), EVENT_UNLOAD(1), EVENT_UNLOAD(3), EVENT_UNLOAD(1));
}

/* 1.4, decided: a request that only counts is no unload, and sweeps nothing; from inside neither. */
static uint32_t asked_kmid;

static int ask_for_it(void)
{
    assert_int_equal(ask_unload(asked_kmid), STATUS_OK);
    return 0;
}

static void an_unload_that_only_counts_sweeps_nothing(void **state)
{
    (void)state;
    struct pending pending = make_pending();
    on_event(EVENT_UNLOAD(1), refuse);
    unload_gone(pending.user);
    on_event(EVENT_UNLOAD(1), NULL);
    for (int i = 0; i < 2; i++)
        load_by(&(const struct loader_request){.path = "/other", .flags = LOADER_SINGLE});
    assert_false(unload(pending.other).is_gone);
    expect_counts(pending.provider, 0, 0);
    MODULE("/asking", .id = 4);
    asked_kmid = pending.other;
    on_event(EVENT_LOAD(4), ask_for_it);
    load("/asking");
    expect_counts(pending.other, 1, 0);
    expect_counts(pending.provider, 0, 0);
    load("/asking");
    assert_false(is_loaded(pending.other));
    assert_false(is_loaded(pending.provider));
}

/* 7, row 10 */
static void slibclean_unloads_everything_at_0_0_and_nothing_else(void **state)
{
    (void)state;
    struct pending pending = make_pending();
    on_event(EVENT_UNLOAD(1), refuse);
    unload_gone(pending.user);
    assert_int_equal(clean(), 0);
    on_event(EVENT_UNLOAD(1), NULL);
    assert_int_equal(clean(), 1);
    assert_false(is_loaded(pending.provider));
    expect_counts(pending.other, 1, 0);
    assert_int_equal(clean(), 0);
}

/* 7: "a sweep must iterate: unloading Y can bring X to 0/0". */
static void a_sweep_iterates_along_a_chain_of_three(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    MODULE("/a", .id = 1, .exports = "a");
    MODULE("/b", .id = 2, .exports = "b", .imports = "/unix:a");
    MODULE("/c", .id = 3, .exports = "c", .imports = "/unix:b");
    MODULE("/d", .id = 4, .imports = "/unix:c");
    uint32_t a = load("/a");
    uint32_t b = load("/b");
    uint32_t c = load("/c");
    uint32_t d = load("/d");
    assert_false(unload(a).is_gone);
    assert_false(unload(b).is_gone);
    assert_false(unload(c).is_gone);
    on_event(EVENT_UNLOAD(3), refuse);
    unload_gone(d);
    expect_counts(c, 0, 0);
    expect_counts(b, 0, 1);
    expect_counts(a, 0, 1);
    on_event(EVENT_UNLOAD(3), NULL);
    loader_forget_events();
    assert_int_equal(clean(), 3);
    expect_events(EVENT_UNLOAD(3), EVENT_UNLOAD(2), EVENT_UNLOAD(1));
    expect_equal_states(&before);
}

/* 7: "a cycle of dependents is held only by its own primary, so free the load group as a unit". */
static void a_cycle_of_dependents_goes_with_its_primary(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    MODULE("/a", .id = 1, .exports = "a", .imports = "/b:b");
    MODULE("/b", .id = 2, .exports = "b", .imports = "/a:a");
    MODULE("/x", .id = 3, .imports = "/a:a", .exports = "x");
    MODULE("/user", .id = 4, .imports = "/unix:x");
    uint32_t x = load("/x");
    expect_counts(dependent_of(x, "/a", NULL), 0, 2);
    expect_counts(dependent_of(x, "/b", NULL), 0, 1);
    uint32_t user = load("/user");
    assert_false(unload(x).is_gone);
    assert_int_equal(clean(), 0);
    unload_gone(user);
    assert_false(is_loaded(x));
    expect_equal_states(&before);
}

/* 7: uses from inside the group do not hold it. */
static void a_primary_that_its_dependents_use_is_not_held_by_them(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    MODULE("/d", .id = 1, .exports = "d", .imports = "/x:x");
    MODULE("/x", .id = 2, .exports = "x", .imports = "/d:d");
    MODULE("/user", .id = 3, .imports = "/unix:x");
    uint32_t x = load("/x");
    expect_counts(x, 1, 1);
    uint32_t user = load("/user");
    expect_counts(x, 1, 2);
    struct loader_unload_result result = unload(x);
    assert_false(result.is_gone);
    assert_int_equal(result.use_count, 2);
    unload_gone(user);
    assert_false(is_loaded(x));
    expect_equal_states(&before);
}

/* 4, several instances: "importers already bound keep the old copy; later importers bind to the newest". */
static void older_importers_keep_what_they_bound(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    MODULE("/user", .imports = "/unix:x");
    uint32_t old = load("/x");
    uint64_t old_address = address_of("x");
    uint32_t old_user = load("/user");
    uint32_t new = load("/x");
    uint32_t new_user = load("/user");
    assert_int_equal(bound_address(old_user, 0), old_address);
    assert_int_equal(bound_address(new_user, 0), address_of("x"));
    assert_int_not_equal(address_of("x"), old_address);
    expect_counts(old, 1, 1);
    expect_counts(new, 1, 1);
    unload_gone(new_user);
    unload_gone(new);
    assert_int_equal(bound_address(old_user, 0), old_address);
    assert_int_equal(bound_call(old_user, 0), 1);
}

/* 4, decided: the older live definition shows again. */
static void the_older_definition_shows_again_when_the_newest_has_gone(void **state)
{
    (void)state;
    uint64_t addresses[3];
    uint32_t kmids[3];
    MODULE("/x", .exports = "x");
    MODULE("/user", .imports = "/unix:x");
    for (int i = 0; i < 3; i++) {
        kmids[i] = load("/x");
        addresses[i] = address_of("x");
    }
    unload_gone(kmids[1]);
    assert_int_equal(address_of("x"), addresses[2]);
    unload_gone(kmids[2]);
    assert_int_equal(address_of("x"), addresses[0]);
    assert_int_equal(bound_address(load("/user"), 0), addresses[0]);
}

/* 10.2, decided: of different extensions too, and of the kernel, the newest counts. */
static void the_newest_definition_wins_whoever_has_the_older(void **state)
{
    (void)state;
    uint64_t base = address_of("record");
    MODULE("/x", .exports = "same");
    MODULE("/y", .exports = "same record");
    MODULE("/user", .imports = "/unix:same /unix:record");
    load("/x");
    uint64_t of_x = address_of("same");
    uint32_t y = load("/y");
    uint32_t user = load("/user");
    assert_int_not_equal(bound_address(user, 0), of_x);
    assert_int_not_equal(bound_address(user, 1), base);
    expect_counts(y, 1, 1);
    unload_gone(user);
    unload_gone(y);
    assert_int_equal(address_of("record"), base);
}

/* 1.4, decided: a request to unload what is at 0/1 already succeeds and changes nothing. */
static void an_unload_of_what_is_pending_already_changes_nothing(void **state)
{
    (void)state;
    struct loader_state before;
    struct pending pending = make_pending();
    loader_get_state(&before);
    struct loader_unload_result result = unload(pending.provider);
    assert_false(result.is_gone);
    assert_int_equal(result.load_count, 0);
    assert_int_equal(result.use_count, 1);
    expect_equal_states(&before);
}

/* 1.4, decided: the request for what a refusal kept at 0/0 tries again. */
static void an_unload_of_what_is_at_0_0_tries_again(void **state)
{
    (void)state;
    struct pending pending = make_pending();
    on_event(EVENT_UNLOAD(1), refuse);
    unload_gone(pending.user);
    assert_int_equal(ask_unload(pending.provider), STATUS_UNLOAD_REFUSED);
    expect_counts(pending.provider, 0, 0);
    on_event(EVENT_UNLOAD(1), NULL);
    unload_gone(pending.provider);
}

/* 7: counts have a limit, and stop there with a reason. */
static void a_load_count_at_its_limit_refuses_one_more_request(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    uint32_t kmid = load("/x");
    state_find_kmid(kmid)->load_count = UINT32_MAX;
    load_refused_by(&(const struct loader_request){.path = "/x", .flags = LOADER_SINGLE},
                    STATUS_COUNT_LIMIT, "4294967295");
    assert_int_equal(unload(kmid).load_count, UINT32_MAX - 1);
    load_by(&(const struct loader_request){.path = "/x", .flags = LOADER_SINGLE});
    expect_counts(kmid, UINT32_MAX, 0);
}

/* 7: the same of use counts. Dependents are objects too. */
static void a_use_count_at_its_limit_refuses_one_more_user(void **state)
{
    (void)state;
    MODULE("/x", .exports = "x");
    MODULE("/d", .imports = "/unix:x", .exports = "d");
    MODULE("/user", .imports = "/d:d /unix:x");
    uint32_t kmid = load("/x");
    struct extension *extension = state_find_kmid(kmid);
    extension->use_count = UINT32_MAX;
    load_refused("/user", STATUS_COUNT_LIMIT, "/x");
    extension->use_count = UINT32_MAX - 1;
    load_refused("/user", STATUS_COUNT_LIMIT, "/x");
    expect_counts(kmid, 1, UINT32_MAX - 1);
    extension->use_count = UINT32_MAX - 2;
    unload_gone(load("/user"));
    expect_counts(kmid, 1, UINT32_MAX - 2);
}

static uint32_t next_at_limit;

static int load_at_the_limit(void)
{
    loader.next_kmid = next_at_limit;
    enum status status = ask_load("/nested", 0, NULL);
    return status == STATUS_OK ? 0 : (int)status;
}

/* 1.1: a kmid names one instance for ever, so they may run out but not wrap. */
static void kmids_run_out_instead_of_being_used_again(void **state)
{
    (void)state;
    const uint32_t load_max = 4096; /* objects of one load */
    MODULE("/x", .id = 1);
    MODULE("/nested", .id = 2);
    loader.next_kmid = UINT32_MAX - load_max;
    load_refused("/x", STATUS_COUNT_LIMIT, "no kmid is left");
    loader.next_kmid = UINT32_MAX - load_max - 1;
    assert_int_equal(load("/x"), UINT32_MAX - load_max - 1);
    load_refused("/x", STATUS_COUNT_LIMIT, "no kmid is left");
    /* From inside a load the kmids that it will need count too. */
    on_event(EVENT_LOAD(1), load_at_the_limit);
    loader.next_kmid = 10;
    next_at_limit = UINT32_MAX - load_max - 1;
    load_refused("/x", STATUS_LOAD_REFUSED, "407");
    loader.next_kmid = 10;
    next_at_limit = UINT32_MAX - load_max - 2;
    load("/x");
    assert_int_equal(loader.next_kmid, UINT32_MAX - load_max);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, modules_start, modules_stop)
    const struct CMUnitTest tests[] = {
        TEST(a_load_gives_load_count_1_and_use_count_0),
        TEST(a_single_load_adds_1_to_the_load_count_only),
        TEST(a_query_adds_nothing),
        TEST(the_use_count_counts_objects_not_symbols),
        TEST(an_export_that_nobody_binds_has_no_users),
        TEST(an_import_of_the_own_export_from_unix_binds_the_older_definition),
        TEST(a_dependent_has_load_count_0_and_a_use_for_each_referencing_module),
        TEST(an_unload_takes_1_from_the_load_count),
        TEST(an_unload_that_only_counts_keeps_the_references),
        TEST(a_real_unload_takes_1_from_everything_it_referenced),
        TEST(an_unload_that_finds_both_counts_0_frees_at_once),
        TEST(exports_of_a_pending_extension_can_still_be_bound),
        TEST(an_extension_at_0_0_stays_bindable_until_a_sweep),
        TEST(any_unload_sweeps_everything_at_0_0),
        TEST(an_unload_that_only_counts_sweeps_nothing),
        TEST(slibclean_unloads_everything_at_0_0_and_nothing_else),
        TEST(a_sweep_iterates_along_a_chain_of_three),
        TEST(a_cycle_of_dependents_goes_with_its_primary),
        TEST(a_primary_that_its_dependents_use_is_not_held_by_them),
        TEST(older_importers_keep_what_they_bound),
        TEST(the_older_definition_shows_again_when_the_newest_has_gone),
        TEST(the_newest_definition_wins_whoever_has_the_older),
        TEST(an_unload_of_what_is_pending_already_changes_nothing),
        TEST(an_unload_of_what_is_at_0_0_tries_again),
        TEST(a_load_count_at_its_limit_refuses_one_more_request),
        TEST(a_use_count_at_its_limit_refuses_one_more_user),
        TEST(kmids_run_out_instead_of_being_used_again),
    };
    return cmocka_run_group_tests_name("conformance: counts", tests, NULL, NULL);
}
