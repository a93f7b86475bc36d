/*
 * Conformance to the AIX reference, section 2: kernel services for extensions, called from inside
 * _load and _unload. Every request either works or is refused with a reason, and belongs to the
 * request that it is made from.
 */
#include <errno.h>

#include "loader/live/notes.h"
#include "loader/live/state.h"
#include "tests/host/host_modules.h"
#include "tests/host/host_process.h"
#include "tests/host/support.h"

/* What the actions did. */
static struct {
    enum status status;
    enum status deepest; /* of a ring: what ended it */
    uint32_t kmid;
    uint32_t target;
    bool is_found;
} seen;

static int start(void **state)
{
    seen = (typeof(seen)){0};
    return modules_start(state);
}

static int stop(void **state)
{
    assert_null(loader.innermost);
    assert_int_equal(loader.promised, 0);
    return modules_stop(state);
}

static int load_other(void)
{
    seen.status = ask_load("/other", 0, &seen.kmid);
    return seen.status == STATUS_OK ? 0 : EIO;
}

static int load_other_and_refuse(void)
{
    (void)load_other();
    return EBUSY;
}

static int single_other(void)
{
    seen.status = ask_load("/other", LOADER_SINGLE, &seen.kmid);
    return seen.status == STATUS_OK ? 0 : EIO;
}

static int single_other_and_refuse(void)
{
    (void)single_other();
    return EBUSY;
}

static int unload_target(void)
{
    seen.status = ask_unload(seen.target);
    return 0;
}

static int unload_target_and_refuse(void)
{
    (void)unload_target();
    return EBUSY;
}

static void add_two(void)
{
    MODULE("/x", .id = 1, .exports = "x");
    MODULE("/other", .id = 2, .exports = "other");
    MODULE("/user", .id = 3, .imports = "/unix:other");
}

/* 2: "process environment": _load and _unload run in one. */
static void a_load_from_inside_load_works(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), load_other);
    uint32_t x = load("/x");
    assert_int_equal(seen.status, STATUS_OK);
    assert_int_equal(loader_query("/other"), seen.kmid);
    expect_counts(seen.kmid, 1, 0);
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2));
    unload_gone(x);
    expect_counts(seen.kmid, 1, 0); /* a request of its own, to be taken back on its own */
}

/* 2: names of what was loaded inside can be bound at once, those of the outer load cannot. */
static int load_user_of_both(void)
{
    seen.status = ask_load("/wants_x", 0, &seen.kmid);
    return load_other();
}

static void a_nested_load_sees_what_is_published_only(void **state)
{
    (void)state;
    add_two();
    MODULE("/wants_x", .imports = "/unix:x");
    on_event(EVENT_LOAD(1), load_user_of_both);
    on_event(EVENT_LOAD(2), NULL);
    load("/x");
    assert_int_equal(seen.status, STATUS_OK);
    assert_int_equal(loader_query("/wants_x"), 0);
    load("/wants_x");
}

static void a_load_from_inside_unload_works(void **state)
{
    (void)state;
    add_two();
    uint32_t x = load("/x");
    on_event(EVENT_UNLOAD(1), load_other);
    unload_gone(x);
    expect_counts(seen.kmid, 1, 0);
    expect_events(EVENT_LOAD(1), EVENT_UNLOAD(1), EVENT_LOAD(2));
}

/* Decided: an unload from inside is carried out when the outer request has ended. */
static void an_unload_from_inside_load_is_carried_out_behind_it(void **state)
{
    (void)state;
    add_two();
    seen.target = load("/other");
    on_event(EVENT_LOAD(1), unload_target);
    load("/x");
    assert_int_equal(seen.status, STATUS_OK);
    assert_false(is_loaded(seen.target));
    expect_events(EVENT_LOAD(2), EVENT_LOAD(1), EVENT_UNLOAD(2));
}

static void an_unload_from_inside_unload_is_carried_out_behind_it(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    add_two();
    seen.target = load("/other");
    uint32_t x = load("/x");
    on_event(EVENT_UNLOAD(1), unload_target);
    unload_gone(x);
    assert_int_equal(seen.status, STATUS_OK);
    assert_false(is_loaded(seen.target));
    expect_events(EVENT_LOAD(2), EVENT_LOAD(1), EVENT_UNLOAD(1), EVENT_UNLOAD(2));
    expect_equal_states(&before);
}

/* Transactions: a failed load leaves no trace, neither of what its _load asked for. */
static void a_failed_load_takes_back_what_was_loaded_inside(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), load_other_and_refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    assert_int_equal(seen.status, STATUS_OK);
    assert_int_equal(loader_query("/other"), 0);
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2), EVENT_UNLOAD(2));
}

/* Decided: whoever saw the kmid of the inner load must never find another extension under it. */
static void kmids_of_loads_taken_back_are_not_used_again(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), load_other_and_refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    assert_true(load("/other") > seen.kmid);
}

static void a_failed_load_takes_back_what_was_counted_inside(void **state)
{
    (void)state;
    add_two();
    uint32_t other = load("/other");
    on_event(EVENT_LOAD(1), single_other_and_refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    assert_int_equal(seen.kmid, other);
    expect_counts(other, 1, 0);
}

static void a_failed_load_takes_back_what_was_unloaded_inside(void **state)
{
    (void)state;
    add_two();
    seen.target = load("/other");
    on_event(EVENT_LOAD(1), unload_target_and_refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    assert_int_equal(seen.status, STATUS_OK);
    expect_counts(seen.target, 1, 0);
    expect_events(EVENT_LOAD(2), EVENT_LOAD(1));
    /* Where there was no request to take back, none is given back. */
    load("/user");
    assert_false(unload(seen.target).is_gone);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    expect_counts(seen.target, 0, 1);
}

/* No trace either in what only waits: a request that was taken back brings no sweep. */
static void a_failed_load_does_not_sweep(void **state)
{
    (void)state;
    add_two();
    MODULE("/idle", .id = 4);
    uint32_t other = load("/other");
    uint32_t user = load("/user");
    assert_false(unload(other).is_gone);
    on_event(EVENT_UNLOAD(2), refuse);
    unload_gone(user);
    on_event(EVENT_UNLOAD(2), NULL);
    expect_counts(other, 0, 0);
    seen.target = load("/idle");
    on_event(EVENT_LOAD(1), unload_target_and_refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    expect_counts(other, 0, 0);
    expect_counts(seen.target, 1, 0);
}

static void a_refused_unload_takes_back_what_was_asked_inside(void **state)
{
    (void)state;
    struct loader_state before;
    add_two();
    uint32_t x = load("/x");
    seen.target = load("/other");
    on_event(EVENT_UNLOAD(1), unload_target_and_refuse);
    loader_get_state(&before);
    assert_int_equal(ask_unload(x), STATUS_UNLOAD_REFUSED);
    expect_equal_states(&before);
    on_event(EVENT_UNLOAD(1), load_other_and_refuse);
    assert_int_equal(ask_unload(x), STATUS_UNLOAD_REFUSED);
    expect_equal_states(&before);
    on_event(EVENT_UNLOAD(1), single_other_and_refuse);
    assert_int_equal(ask_unload(x), STATUS_UNLOAD_REFUSED);
    expect_equal_states(&before);
    expect_counts(seen.target, 1, 0);
}

static void expect_taken_back(uint32_t x)
{
    struct loader_state before;
    loader_forget_events();
    loader_get_state(&before);
    seen.status = STATUS_NO_MEMORY;
    assert_int_equal(ask_unload(x), STATUS_UNLOAD_REFUSED);
    assert_int_equal(seen.status, STATUS_OK);
    expect_equal_states(&before);
}

/*
 * Decided: a _load that runs again because another object of the group refused to stop asks again for
 * what it asked for the first time, and still has that: what it asks for now goes with the unload.
 */
static void requests_of_a_load_that_runs_again_go_with_the_refused_unload(void **state)
{
    (void)state;
    MODULE("/d", .id = 3, .exports = "d");
    MODULE("/x", .id = 1, .imports = "/d:d");
    MODULE("/other", .id = 2);
    on_event(EVENT_LOAD(1), load_other);
    uint32_t x = load("/x");
    uint32_t first = seen.kmid;
    on_event(EVENT_UNLOAD(3), refuse);
    expect_taken_back(x);
    assert_int_not_equal(seen.kmid, first);
    expect_events(EVENT_UNLOAD(1), EVENT_UNLOAD(3), EVENT_LOAD(1), EVENT_LOAD(2), EVENT_UNLOAD(2));
    on_event(EVENT_LOAD(1), single_other);
    expect_taken_back(x);
    assert_int_equal(seen.kmid, first);
    expect_counts(first, 1, 0);
    seen.target = first;
    on_event(EVENT_LOAD(1), unload_target);
    expect_taken_back(x);
    expect_counts(first, 1, 0);
    expect_counts(x, 1, 0);
    on_event(EVENT_UNLOAD(3), NULL);
    unload_gone(x);
}

/* A nested request that fails is a failure of its own; the outer one may go on. */
static int ignore_failure(void)
{
    (void)load_other();
    return 0;
}

static void a_nested_load_that_fails_need_not_fail_the_outer(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), ignore_failure);
    on_event(EVENT_LOAD(2), refuse);
    load("/x");
    assert_int_equal(seen.status, STATUS_LOAD_REFUSED);
    assert_int_equal(loader_query("/other"), 0);
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2));
}

/* A failed one takes back its own requests only. */
static int load_third_then_other(void)
{
    assert_int_equal(ask_load("/third", 0, NULL), STATUS_OK);
    return ignore_failure();
}

static int load_third_and_refuse(void)
{
    assert_int_equal(ask_load("/third", LOADER_SINGLE, NULL), STATUS_OK);
    assert_int_equal(ask_load("/fourth", 0, NULL), STATUS_OK);
    return EBUSY;
}

static void a_nested_load_that_fails_takes_back_its_own_requests_only(void **state)
{
    (void)state;
    add_two();
    MODULE("/third", .id = 5);
    MODULE("/fourth", .id = 6);
    on_event(EVENT_LOAD(1), load_third_then_other);
    on_event(EVENT_LOAD(2), load_third_and_refuse);
    load("/x");
    expect_counts(loader_query("/third"), 1, 0);
    assert_int_equal(loader_query("/fourth"), 0);
    expect_events(EVENT_LOAD(1), EVENT_LOAD(5), EVENT_LOAD(2), EVENT_LOAD(6), EVENT_UNLOAD(6));
}

/* What a nested load asked for is taken back newest first too, when the outer one fails. */
static int load_three(void)
{
    assert_int_equal(ask_load("/third", 0, NULL), STATUS_OK);
    assert_int_equal(ask_load("/fourth", 0, NULL), STATUS_OK);
    return 0;
}

static void requests_of_a_nested_load_are_taken_back_newest_first(void **state)
{
    (void)state;
    add_two();
    MODULE("/third", .id = 5, .exports = "third");
    MODULE("/fourth", .id = 6, .imports = "/unix:third");
    on_event(EVENT_LOAD(1), load_other_and_refuse);
    on_event(EVENT_LOAD(2), load_three);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2), EVENT_LOAD(5), EVENT_LOAD(6), EVENT_UNLOAD(2),
                  EVENT_UNLOAD(6), EVENT_UNLOAD(5));
}

/* A load that requests itself by name: refused with a reason, since it is not there yet. */
static int single_itself(void)
{
    seen.status = ask_load("/x", LOADER_SINGLE, NULL);
    seen.is_found = loader_query("/x") != 0;
    return 0;
}

static void a_single_load_of_what_is_being_loaded_is_refused(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), single_itself);
    uint32_t x = load("/x");
    assert_int_equal(seen.status, STATUS_SELF_REQUEST);
    assert_false(seen.is_found);
    expect_counts(x, 1, 0);
    /* With an older instance there is one to return. */
    load("/x");
    assert_int_equal(seen.status, STATUS_OK);
    assert_true(seen.is_found);
    expect_counts(x, 2, 0);
}

/* A load that makes itself again without end, and whose failure comes up again; or does not. */
static int load_itself(void)
{
    seen.status = ask_load("/x", 0, NULL);
    if (seen.deepest == STATUS_OK)
        seen.deepest = seen.status;
    return seen.status == STATUS_OK ? 0 : EIO;
}

static int load_itself_anyhow(void)
{
    (void)load_itself();
    return 0;
}

static void a_load_that_makes_itself_again_is_refused_at_a_depth(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), load_itself);
    load_refused("/x", STATUS_LOAD_REFUSED, "EIO");
    assert_int_equal(seen.deepest, STATUS_NESTED_TOO_DEEP);
    on_event(EVENT_LOAD(1), load_itself_anyhow);
    struct loader_state before;
    loader_get_state(&before);
    load("/x");
    struct loader_state after;
    loader_get_state(&after);
    assert_int_equal(after.instances - before.instances, 8);
    for (uint32_t kmid = loader_query("/x"); kmid != 0; kmid = loader_query("/x"))
        unload_gone(kmid);
    expect_equal_states(&before);
}

/* A ring: each loads the next, the last the first. */
static int load_next(void)
{
    static const char *const paths[] = {"/ring1", "/ring2", "/ring3"};
    const char *next = paths[(size_t)(event_now() / 10) % ARRAY_COUNT(paths)];
    seen.status = ask_load(next, seen.kmid, NULL); /* kmid: flags here */
    if (seen.deepest == STATUS_OK)
        seen.deepest = seen.status;
    return seen.status == STATUS_OK ? 0 : EIO;
}

static int load_next_anyhow(void)
{
    (void)load_next();
    return 0;
}

static void add_ring(int (*action)(void))
{
    MODULE("/ring1", .id = 1);
    MODULE("/ring2", .id = 2);
    MODULE("/ring3", .id = 3);
    for (int id = 1; id <= 3; id++)
        on_event(EVENT_LOAD(id), action);
}

static void a_ring_of_loads_is_refused_with_a_reason(void **state)
{
    (void)state;
    add_ring(load_next);
    load_refused("/ring1", STATUS_LOAD_REFUSED, "EIO");
    assert_int_equal(seen.deepest, STATUS_NESTED_TOO_DEEP);
    seen.deepest = STATUS_OK;
    seen.kmid = LOADER_SINGLE;
    load_refused("/ring1", STATUS_LOAD_REFUSED, "EIO");
    assert_int_equal(seen.deepest, STATUS_SELF_REQUEST);
}

static void a_ring_of_single_loads_that_do_without_works(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    add_ring(load_next_anyhow);
    seen.kmid = LOADER_SINGLE;
    load("/ring2");
    assert_int_equal(seen.deepest, STATUS_SELF_REQUEST);
    expect_events(EVENT_LOAD(2), EVENT_LOAD(3), EVENT_LOAD(1));
    unload_gone(loader_query("/ring1"));
    unload_gone(loader_query("/ring2"));
    unload_gone(loader_query("/ring3"));
    expect_equal_states(&before);
}

/* An extension that unloads itself from its own _load: it has no kmid yet. */
static int unload_what_may_be_itself(void)
{
    assert_int_equal(ask_unload(loader_query("/x")), STATUS_KMID_KERNEL);
    seen.status = ask_unload(loader.next_kmid);
    return 0;
}

static void an_unload_from_the_own_load_is_refused(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), unload_what_may_be_itself);
    uint32_t x = load("/x");
    assert_int_equal(seen.status, STATUS_KMID_UNKNOWN);
    expect_counts(x, 1, 0);
}

static void an_unload_from_the_own_unload_changes_nothing(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    add_two();
    seen.target = load("/x");
    on_event(EVENT_UNLOAD(1), unload_target);
    unload_gone(seen.target);
    assert_int_equal(seen.status, STATUS_OK);
    expect_events(EVENT_LOAD(1), EVENT_UNLOAD(1));
    expect_equal_states(&before);
}

/* What is being unloaded cannot be found by name: a request for it makes a new instance. */
static int single_again(void)
{
    if (seen.kmid == 0)
        seen.status = ask_load("/x", LOADER_SINGLE, &seen.kmid);
    return 0;
}

static void a_single_load_of_what_is_being_unloaded_makes_a_new_instance(void **state)
{
    (void)state;
    add_two();
    uint32_t x = load("/x");
    on_event(EVENT_UNLOAD(1), single_again);
    unload_gone(x);
    assert_int_equal(seen.status, STATUS_OK);
    assert_int_not_equal(seen.kmid, x);
    expect_counts(seen.kmid, 1, 0);
    unload_gone(seen.kmid);
}

/* An unload that revives what the sweep behind it would have taken. */
static void a_single_load_from_unload_keeps_a_provider(void **state)
{
    (void)state;
    add_two();
    uint32_t other = load("/other");
    uint32_t user = load("/user");
    assert_false(unload(other).is_gone);
    on_event(EVENT_UNLOAD(3), single_other);
    unload_gone(user);
    assert_int_equal(seen.kmid, other);
    expect_counts(other, 1, 0);
}

/* Unloading the provider that the load itself has just bound. */
static void an_unload_of_what_the_load_is_bound_to_leaves_it_pending(void **state)
{
    (void)state;
    add_two();
    seen.target = load("/other");
    on_event(EVENT_LOAD(3), unload_target);
    uint32_t user = load("/user");
    expect_counts(seen.target, 0, 1);
    unload_gone(user);
    assert_false(is_loaded(seen.target));
    seen.target = load("/other");
    on_event(EVENT_LOAD(3), unload_target_and_refuse);
    load_refused("/user", STATUS_LOAD_REFUSED, "EBUSY");
    expect_counts(seen.target, 1, 0);
}

static int clean_inside(void)
{
    struct diagnosis diagnosis;
    unsigned count;
    seen.status = loader_clean(&count, &diagnosis);
    return 0;
}

static void a_sweep_from_inside_is_refused(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), clean_inside);
    load("/x");
    assert_int_equal(seen.status, STATUS_BUSY);
}

static int entry_value(int command, void *data, int number)
{
    (void)data;
    return command + number;
}

static int configure_target(void)
{
    struct diagnosis diagnosis;
    assert_int_not_equal(loader_entry(seen.target), 0);
    seen.status = loader_configure(seen.target, 40, NULL, &diagnosis);
    return diagnosis.error;
}

/* 1.5, 2: kmod_entrypt and a call of it from inside _load. */
static void an_entry_point_can_be_called_from_inside_load(void **state)
{
    (void)state;
    MODULE("/x", .id = 1);
    MODULE("/entry", .id = 2, .has_entry = true);
    loader_answer = entry_value;
    seen.target = load("/entry");
    on_event(EVENT_LOAD(1), configure_target);
    load_refused("/x", STATUS_LOAD_REFUSED, "42");
    assert_int_equal(seen.status, STATUS_ENTRY_REFUSED);
    expect_counts(seen.target, 1, 0);
}

static int plan_other(void)
{
    struct diagnosis diagnosis;
    const struct loader_request request = {.path = "/missing"};
    struct loader_plan plan = {0};
    seen.status = loader_plan(&request, &plan, &diagnosis);
    diagnosis_release(&diagnosis);
    return 0;
}

static void a_plan_from_inside_is_refused_as_the_load_would_be(void **state)
{
    (void)state;
    add_two();
    on_event(EVENT_LOAD(1), plan_other);
    load("/x");
    assert_int_equal(seen.status, STATUS_FILE_MISSING);
}

/* Two requests from two members of one group that then fails: both taken back, the later one first. */
static int load_by_number(void)
{
    return ask_load(event_now() == EVENT_LOAD(1) ? "/first" : "/second", 0, NULL) == STATUS_OK
               ? 0
               : EIO;
}

static void requests_of_several_members_are_taken_back_newest_first(void **state)
{
    (void)state;
    MODULE("/d", .id = 1, .exports = "d");
    MODULE("/e", .id = 2, .exports = "e", .imports = "/d:d");
    MODULE("/x", .id = 3, .imports = "/e:e");
    MODULE("/first", .id = 4);
    MODULE("/second", .id = 5);
    on_event(EVENT_LOAD(1), load_by_number);
    on_event(EVENT_LOAD(2), load_by_number);
    on_event(EVENT_LOAD(3), refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    expect_events(EVENT_LOAD(1), EVENT_LOAD(4), EVENT_LOAD(2), EVENT_LOAD(5), EVENT_LOAD(3),
                  EVENT_UNLOAD(2), EVENT_UNLOAD(1), EVENT_UNLOAD(5), EVENT_UNLOAD(4));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_load_from_inside_load_works),
        TEST(a_nested_load_sees_what_is_published_only),
        TEST(a_load_from_inside_unload_works),
        TEST(an_unload_from_inside_load_is_carried_out_behind_it),
        TEST(an_unload_from_inside_unload_is_carried_out_behind_it),
        TEST(a_failed_load_takes_back_what_was_loaded_inside),
        TEST(kmids_of_loads_taken_back_are_not_used_again),
        TEST(a_failed_load_takes_back_what_was_counted_inside),
        TEST(a_failed_load_takes_back_what_was_unloaded_inside),
        TEST(a_failed_load_does_not_sweep),
        TEST(a_refused_unload_takes_back_what_was_asked_inside),
        TEST(requests_of_a_load_that_runs_again_go_with_the_refused_unload),
        TEST(a_nested_load_that_fails_need_not_fail_the_outer),
        TEST(a_nested_load_that_fails_takes_back_its_own_requests_only),
        TEST(requests_of_a_nested_load_are_taken_back_newest_first),
        TEST(a_single_load_of_what_is_being_loaded_is_refused),
        TEST(a_load_that_makes_itself_again_is_refused_at_a_depth),
        TEST(a_ring_of_loads_is_refused_with_a_reason),
        TEST(a_ring_of_single_loads_that_do_without_works),
        TEST(an_unload_from_the_own_load_is_refused),
        TEST(an_unload_from_the_own_unload_changes_nothing),
        TEST(a_single_load_of_what_is_being_unloaded_makes_a_new_instance),
        TEST(a_single_load_from_unload_keeps_a_provider),
        TEST(an_unload_of_what_the_load_is_bound_to_leaves_it_pending),
        TEST(a_sweep_from_inside_is_refused),
        TEST(an_entry_point_can_be_called_from_inside_load),
        TEST(a_plan_from_inside_is_refused_as_the_load_would_be),
        TEST(requests_of_several_members_are_taken_back_newest_first),
    };
    return cmocka_run_group_tests_name("conformance: nested requests", tests, NULL, NULL);
}
