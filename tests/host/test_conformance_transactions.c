/*
 * Transactions, proved by enumeration: a group of five objects with a cycle, whose _load functions make
 * requests of their own, is loaded with its first fallible step or allocation made to fail, then with
 * its second, and so on until none is left to fail; each once alone, once with all later ones. After
 * every failure the loader is as it was before.
 *
 *   /t0 -> /t1 -> /t2 -> t3 (along the library path) -> /t1          a cycle of three
 *   /t0 -> /t4.a(m) -> /t0                                           and one through the primary
 *   /t0, t3 -> /unix (/p, loaded before)
 *   from inside _load: t3 counts /p once more, m loads /n with its dependent /nd, /t1 unloads /q,
 *   /t2 loads /p2 and unloads it again; /n counts /p
 */
#include <errno.h>

#include "loader/host.h"
#include "loader/live/notes.h"
#include "loader/live/state.h"
#include "tests/host/host_modules.h"
#include "tests/host/host_process.h"
#include "tests/host/support.h"

enum { T0 = 1, T1, T2, T3, M, P = 10, P2, Q, N = 20, ND };
#define FIRST_NESTED P /* ids from here on are not of the group itself */
#define STARTED_MAX  16

/* Those whose _load has succeeded and whose _unload has not run, in that order: a stack each. */
static struct stack {
    int ids[STARTED_MAX];
    size_t count;
} group_started, others_started;

static uint32_t p_kmid, q_kmid;
static bool is_careless; /* _load functions do not look at what their requests return */
static unsigned reported;

static int to_errno(enum status status)
{
    return status == STATUS_OK || is_careless ? 0 : ENOMEM;
}

static int load_and_unload_p2(void)
{
    uint32_t kmid;
    enum status status = ask_load("/p2", 0, &kmid);
    if (status == STATUS_OK)
        status = ask_unload(kmid);
    return to_errno(status);
}

static int act(int event)
{
    switch (event) {
    case EVENT_LOAD(T3):
    case EVENT_LOAD(N):
        return to_errno(ask_load("/p", LOADER_SINGLE, NULL));
    case EVENT_LOAD(M):
        return to_errno(ask_load("/n", 0, NULL));
    case EVENT_LOAD(T1):
        return to_errno(ask_unload(q_kmid));
    case EVENT_LOAD(T2):
        return load_and_unload_p2();
    default:
        return 0;
    }
}

/* A roll-back takes the newest; a sweep or a request, behind a success, takes any. */
static void take(struct stack *started, int id)
{
    size_t i = started->count;
    bool is_roll_back = loader.innermost->load != NULL;
    while (i > 0 && started->ids[i - 1] != id)
        i--;
    assert_int_not_equal(i, 0);
    assert_true(i == started->count || !is_roll_back);
    started->count--;
    for (; i <= started->count; i++)
        started->ids[i - 1] = started->ids[i];
}

static int step(int event)
{
    int id = event / 10;
    struct stack *started = id < FIRST_NESTED ? &group_started : &others_started;
    int value = act(event);
    reported++;
    if (event != EVENT_LOAD(id))
        take(started, id);
    else if (value == 0)
        started->ids[started->count++] = id;
    return value;
}

static int start(void **state)
{
    modules_start(state);
    group_started = others_started = (struct stack){0};
    is_careless = false;
    loader_question = step;
    MODULE("/t0", .id = T0, .exports = "t0", .imports = "/t1:t1 /t4.a(m):m /unix:p",
           .libpath = "/nowhere:/lib");
    MODULE("/t1", .id = T1, .exports = "t1", .imports = "/t2:t2");
    MODULE("/t2", .id = T2, .exports = "t2", .imports = "t3:t3");
    MODULE("/lib/t3", .id = T3, .exports = "t3", .imports = "/t1:t1 /unix:p");
    ARCHIVE("/t4.a", {.name = "narrow", .module = {.is_narrow = true, .exports = "m"}},
            {.name = "m", .module = {.id = M, .exports = "m", .imports = "/t0:t0"}});
    MODULE("/p", .id = P, .exports = "p");
    MODULE("/p2", .id = P2, .exports = "p");
    MODULE("/q", .id = Q);
    MODULE("/n", .id = N, .exports = "n", .imports = "/nd:nd");
    MODULE("/nd", .id = ND, .exports = "nd");
    p_kmid = load("/p");
    q_kmid = load("/q");
    return 0;
}

/* What is in use, beside the state that the loader knows of itself. */
struct use {
    struct loader_state state;
    size_t allocations;
    size_t pages;
    size_t others_started;
};

static struct use use_now(void)
{
    struct use use = {.allocations = host_live_allocations(),
                      .pages = host_live_pages(),
                      .others_started = others_started.count};
    loader_get_state(&use.state);
    return use;
}

static void expect_equal_use(const struct use *before)
{
    expect_equal_states(&before->state);
    assert_int_equal(host_live_allocations(), before->allocations);
    assert_int_equal(host_live_pages(), before->pages);
    assert_int_equal(host_open_files(), 0);
    assert_int_equal(group_started.count, 0);
    assert_int_equal(others_started.count, before->others_started);
    assert_null(loader.innermost);
    assert_int_equal(loader.promised, 0);
    assert_false(loader.is_sweep_due);
    assert_false(host_lock_is_mine());
}

/* After a success: everything that there is now and was not before goes, by requests. */
static void unload_newest(void)
{
    uint32_t t0 = loader_query("/t0");
    while (loader_query("/n") != 0)
        unload_gone(loader_query("/n"));
    while (loader_query("/p2") != 0)
        unload_gone(loader_query("/p2"));
    unload_gone(t0);
    while (extension_of(p_kmid).load_count > 1)
        assert_false(unload(p_kmid).is_gone);
    assert_int_equal(group_started.count, 0);
}

static void expect_loaded(void)
{
    assert_int_not_equal(loader_query("/t0"), 0);
    assert_int_equal(group_started.count, 5);
    if (is_careless)
        return;
    expect_counts(p_kmid, 3, 2);
    expect_counts(loader_query("/n"), 1, 0);
    assert_false(is_loaded(q_kmid));
    assert_int_equal(loader_query("/p2"), 0);
}

/* How one point is made to fail. */
struct way {
    bool is_host;  /* the host's own switch, else the loader's */
    bool is_later; /* and all that come later */
};

static enum status attempt(struct way way, unsigned number, unsigned *points)
{
    struct loader_request request = {.path = "/t0"};
    struct diagnosis diagnosis;
    uint32_t kmid = 4711;
    if (way.is_host && way.is_later)
        host_fail_from(number);
    else if (way.is_host)
        host_fail_at(number);
    else {
        request.fail_at = number;
        request.fail_later = way.is_later;
    }
    enum status status = loader_load(&request, &kmid, &diagnosis);
    *points = way.is_host ? host_requests() : loader_fault_points();
    host_fail_never();
    assert_int_equal(diagnosis.status, status);
    assert_int_equal(kmid == 4711, status != STATUS_OK);
    diagnosis_release(&diagnosis);
    loader_forget_events();
    return status;
}

/* /q goes with a success, and comes back under a new kmid. */
static void restore_q(void)
{
    if (is_loaded(q_kmid))
        return;
    q_kmid = load("/q");
}

/* Returns the number of points that there are. */
static unsigned enumerate(struct way way)
{
    for (unsigned number = 1;; number++) {
        struct use before = use_now();
        unsigned points;
        enum status status = attempt(way, number, &points);
        if (status != STATUS_OK) {
            assert_true(points >= number);
            expect_equal_use(&before);
            continue;
        }
        expect_loaded();
        assert_true(points < number || is_careless);
        unload_newest();
        restore_q();
        assert_int_equal(host_live_allocations(), before.allocations);
        assert_int_equal(host_live_pages(), before.pages);
        if (points < number)
            return number - 1;
    }
}

/* Five objects: 5 collecting steps, 3 placing, 3 binding, one start, and the memory for them. */
#define LEAST_POINTS 100u

static void each_step_and_allocation_fails_alone_without_a_trace(void **state)
{
    (void)state;
    assert_true(enumerate((struct way){.is_later = false}) > LEAST_POINTS);
}

static void each_step_and_allocation_fails_with_all_later_ones_without_a_trace(void **state)
{
    (void)state;
    unsigned alone = enumerate((struct way){.is_later = false});
    assert_int_equal(enumerate((struct way){.is_later = true}), alone);
}

static void each_request_to_the_host_fails_alone_without_a_trace(void **state)
{
    (void)state;
    assert_true(enumerate((struct way){.is_host = true}) > LEAST_POINTS / 4);
}

static void each_request_to_the_host_fails_with_all_later_ones_without_a_trace(void **state)
{
    (void)state;
    unsigned alone = enumerate((struct way){.is_host = true});
    assert_int_equal(enumerate((struct way){.is_host = true, .is_later = true}), alone);
}

/* Requests that fail inside a _load that goes on all the same leave no trace of their own either. */
static void failures_that_load_functions_ignore_leave_no_trace(void **state)
{
    (void)state;
    is_careless = true;
    for (int way = 0; way < 4; way++)
        enumerate((struct way){.is_host = way % 2 != 0, .is_later = way / 2 != 0});
}

/* The numbers are those of the points passed: the same load passes the same ones. */
static void a_load_passes_the_same_points_each_time(void **state)
{
    (void)state;
    unsigned first, second;
    assert_int_equal(attempt((struct way){0}, 0, &first), STATUS_OK);
    unload_newest();
    restore_q();
    assert_int_equal(attempt((struct way){0}, 0, &second), STATUS_OK);
    unload_newest();
    assert_int_equal(first, second);
}

/* A refused _load at each place: exactly those that had started are stopped, in reverse. */
static int refusing_id;

static int step_refusing(int event)
{
    return event == EVENT_LOAD(refusing_id) ? EBUSY : step(event);
}

static void load_refused_by_each_object_stops_exactly_those_that_had_started(void **state)
{
    (void)state;
    static const struct {
        int id;
        unsigned started; /* of group and others together, before it */
    } cases[] = {{T3, 0}, {P2, 1}, {T2, 1}, {T1, 3}, {ND, 4}, {N, 5}, {M, 4}, {T0, 7}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct use before = use_now();
        unsigned points;
        refusing_id = cases[i].id;
        loader_question = step_refusing;
        reported = 0;
        assert_int_equal(attempt((struct way){0}, 0, &points), STATUS_LOAD_REFUSED);
        expect_equal_use(&before);
        loader_question = step;
        /* Each that started was stopped, and the inner load that failed made its caller fail too. */
        unsigned callers = refusing_id == P2 || refusing_id == N ? 1 : refusing_id == ND ? 1 : 0;
        assert_int_equal(reported, 2 * cases[i].started + callers);
    }
}

/* An unload's inner requests are a transaction too: each failure either refuses it or goes unseen. */
static int step_unloading(int event)
{
    if (event != EVENT_UNLOAD(T2))
        return 0;
    enum status status = ask_load("/n", 0, NULL);
    if (status == STATUS_OK)
        status = ask_unload(q_kmid);
    return to_errno(status);
}

static void an_unload_whose_inner_requests_fail_changes_nothing(void **state)
{
    (void)state;
    struct loader_unload_result result;
    struct diagnosis diagnosis;
    unsigned points, number = 0;
    enum status status;
    assert_int_equal(attempt((struct way){0}, 0, &points), STATUS_OK);
    unload_gone(loader_query("/n"));
    q_kmid = load("/q");
    uint32_t t0 = loader_query("/t0");
    loader_question = step_unloading;
    do {
        struct use before = use_now();
        host_fail_at(++number);
        status = loader_unload(t0, &result, &diagnosis);
        host_fail_never();
        diagnosis_release(&diagnosis);
        if (status == STATUS_OK)
            break;
        group_started.count = 0;
        expect_equal_use(&before);
    } while (status != STATUS_OK);
    assert_true(number > 5);
    assert_true(result.is_gone);
    assert_false(is_loaded(q_kmid));
    assert_int_not_equal(loader_query("/n"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, modules_stop)
    const struct CMUnitTest tests[] = {
        TEST(each_step_and_allocation_fails_alone_without_a_trace),
        TEST(each_step_and_allocation_fails_with_all_later_ones_without_a_trace),
        TEST(each_request_to_the_host_fails_alone_without_a_trace),
        TEST(each_request_to_the_host_fails_with_all_later_ones_without_a_trace),
        TEST(failures_that_load_functions_ignore_leave_no_trace),
        TEST(a_load_passes_the_same_points_each_time),
        TEST(load_refused_by_each_object_stops_exactly_those_that_had_started),
        TEST(an_unload_whose_inner_requests_fail_changes_nothing),
    };
    return cmocka_run_group_tests_name("conformance: transactions", tests, NULL, NULL);
}
