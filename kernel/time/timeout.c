/*
 * Timeouts. A callout is a place for one request. There is a table of them that grows only when
 * somebody reserves more, so that a request needs no memory and can be made in an interrupt.
 *
 *   spare --> pending --> spare, and then the function is called
 *                `------> spare, by timeout_cancel
 *
 * Invariants:
 *   1. The state changes with interrupts off, which on one CPU is the lock. The table changes under a
 *      mutex besides, since memory for it is sought with interrupts on.
 *   2. A callout is on exactly one list; both together have `count`, the spare ones `spare_count`.
 *   3. `pending` is in the order of due times, and of requests where those are equal.
 *   4. A callout is spare again before its function runs: a function that requests itself again finds
 *      that one at least.
 *
 * Times are the clock's, not counted ticks: ticks lost while interrupts were off delay nothing twice.
 * Finding a place or a request, or changing the table, walks `pending`: CALLOUTS_MAX limits how long
 * interrupts are off for it.
 */
#include "kernel/time/timeout.h"

#include <mortise/errno.h>
#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "arch/timer.h"
#include "kernel/irq/irq.h"
#include "kernel/log/symbols.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/memory.h"
#include "kernel/selftest/selftest.h"
#include "kernel/sync/mutex.h"
#include "lib/assert.h"
#include "lib/list.h"
#include "lib/string.h"

#define CALLOUTS_ALWAYS 32
#define CALLOUTS_MAX    4096
#define NS_PER_TICK     (1000000000u / TIMEOUT_TICKS_PER_SECOND)
_Static_assert(TIMEOUT_TICKS_PER_SECOND == TIMER_TICKS_PER_SECOND, "a tick is the timer's tick");

struct callout {
    struct list link;
    uint64_t due_ns;
    void (*function)(void *);
    void *argument;
};

static struct callout built_in[CALLOUTS_ALWAYS];

static struct {
    struct list pending;
    struct list spare;
    int spare_count;
    int count;
    struct callout *table; /* where they all are: built_in, or memory of the heap */
    struct mutex lock;     /* held while the table changes; guards `table` and `count` for that */
} timeouts = {.pending = {&timeouts.pending, &timeouts.pending}};

/* --- requests; interrupts are off --- */

/* Enters a callout where its time is. Most are requested last of those due before them. */
static void make_pending(struct callout *callout)
{
    struct list *earlier = timeouts.pending.previous;
    while (earlier != &timeouts.pending &&
           LIST_ENTRY(earlier, struct callout, link)->due_ns > callout->due_ns)
        earlier = earlier->previous;
    list_insert_between(&callout->link, earlier, earlier->next);
}

static struct callout *take_spare(void)
{
    if (list_is_empty(&timeouts.spare))
        return NULL;
    struct callout *callout = LIST_ENTRY(timeouts.spare.next, struct callout, link);
    list_remove(&callout->link);
    timeouts.spare_count--;
    return callout;
}

static void make_spare(struct callout *callout)
{
    list_add_last(&timeouts.spare, &callout->link);
    timeouts.spare_count++;
}

static struct callout *find_pending(void (*function)(void *), const void *argument)
{
    list_for_each (link, &timeouts.pending) {
        struct callout *callout = LIST_ENTRY(link, struct callout, link);
        if (callout->function == function && callout->argument == argument)
            return callout;
    }
    return NULL;
}

/* Takes the first callout that is due at `now`, leaving a copy of what was requested. */
static bool take_due(uint64_t now, struct callout *request)
{
    if (list_is_empty(&timeouts.pending))
        return false;
    struct callout *first = LIST_ENTRY(timeouts.pending.next, struct callout, link);
    if (first->due_ns > now)
        return false;
    *request = *first;
    list_remove(&first->link);
    make_spare(first);
    return true;
}

void timeouts_tick(void)
{
    ASSERT(!interrupts_are_on());
    /* Read once: a function that requests itself again waits for the next tick. */
    uint64_t now = list_is_empty(&timeouts.pending) ? 0 : clock_now_ns();
    struct callout request;
    while (take_due(now, &request))
        request.function(request.argument);
}

/* --- the number of callouts --- */

/* Moves the requests, in their order, to another table, where the rest is spare. Interrupts are off. */
static void use_table(struct callout *table, int count)
{
    int used = 0;
    list_for_each_safe (link, &timeouts.pending) {
        struct callout *moved = &table[used++];
        *moved = *LIST_ENTRY(link, struct callout, link);
        list_insert_between(&moved->link, moved->link.previous, moved->link.next);
    }
    list_init(&timeouts.spare);
    timeouts.spare_count = 0;
    while (used < count)
        make_spare(&table[used++]);
    timeouts.table = table;
    timeouts.count = count;
}

/* The caller holds the lock. */
static int change_count(int64_t count)
{
    if (count > CALLOUTS_MAX)
        return ENOSPC;
    if (count < CALLOUTS_ALWAYS)
        return EINVAL;
    struct callout *unused = built_in;
    if (count > CALLOUTS_ALWAYS)
        unused = kmalloc((size_t)count * sizeof(*unused));
    if (unused == NULL)
        return ENOMEM;

    bool were_on = interrupts_save();
    bool is_room = timeouts.count - timeouts.spare_count <= count;
    if (is_room && unused != timeouts.table) {
        struct callout *old = timeouts.table;
        use_table(unused, (int)count);
        unused = old;
    }
    interrupts_restore(were_on);
    if (unused != built_in)
        kfree(unused);
    return is_room ? 0 : EBUSY;
}

void timeouts_init(void)
{
    mutex_init(&timeouts.lock);
    bool were_on = interrupts_save();
    use_table(built_in, CALLOUTS_ALWAYS);
    interrupts_restore(were_on);
}

/* --- what extensions call --- */

static void log_refusal(void (*function)(void *))
{
    char name[64];
    symbol_describe((uintptr_t)function, name, sizeof(name));
    log_write(LOG_ERROR, "timeout: %s refused: all %d callouts are in use; reserve more", name,
              timeouts.count);
}

int timeout_start(void (*function)(void *argument), void *argument, int ticks)
{
    if (function == NULL)
        return EINVAL;
    bool were_on = interrupts_save();
    struct callout *callout = take_spare();
    if (callout != NULL) {
        callout->function = function;
        callout->argument = argument;
        callout->due_ns = clock_now_ns() + (uint64_t)(ticks < 1 ? 1 : ticks) * NS_PER_TICK;
        make_pending(callout);
    }
    interrupts_restore(were_on);
    if (callout == NULL)
        log_refusal(function);
    return callout != NULL ? 0 : EAGAIN;
}

int timeout_cancel(void (*function)(void *argument), void *argument)
{
    bool were_on = interrupts_save();
    struct callout *callout = find_pending(function, argument);
    if (callout != NULL) {
        list_remove(&callout->link);
        make_spare(callout);
    }
    interrupts_restore(were_on);
    return callout != NULL ? 0 : ENOENT;
}

int timeout_reserve(int count)
{
    mutex_lock(&timeouts.lock);
    int error = change_count((int64_t)timeouts.count + count);
    mutex_unlock(&timeouts.lock);
    return error;
}

/* --- self-tests --- */

#define TEST_TICKS    2
#define TEST_WAIT_NS  ((TEST_TICKS + 4) * (uint64_t)NS_PER_TICK)
#define TEST_MANY     1000
#define TEST_CALLOUTS (CALLOUTS_ALWAYS + TEST_MANY)

static struct {
    volatile unsigned count;
    volatile unsigned order; /* the numbers of those that ran, as decimal digits */
    volatile uint64_t ran_ns;
    volatile bool was_in_interrupt;
    volatile int cancel_result;
    volatile int start_result;
    volatile unsigned char runs[TEST_CALLOUTS];
} test;

static void test_begin(void)
{
    memset((void *)&test, 0, sizeof(test));
}

static void note_number(void *number)
{
    test.count++;
    test.order = test.order * 10 + (unsigned)(uintptr_t)number;
    test.ran_ns = clock_now_ns();
    test.was_in_interrupt = irq_is_active();
}

static void run_again(void *argument)
{
    test.count++;
    if (test.count < 3)
        test.start_result |= timeout_start(run_again, argument, 0);
}

SELFTEST(timeout, runs_once_in_the_interrupt_when_its_ticks_have_passed)
{
    for (int ticks = 1; ticks < 20; ticks *= 3) {
        test_begin();
        uint64_t start = clock_now_ns();
        CHECK(timeout_start(note_number, NULL, ticks) == 0);
        task_sleep_ns((uint64_t)(ticks + 4) * NS_PER_TICK);
        CHECK(test.count == 1);
        CHECK(test.was_in_interrupt);
        CHECK(test.ran_ns - start >= (uint64_t)ticks * NS_PER_TICK);
    }
}

SELFTEST(timeout, fewer_ticks_than_one_count_as_one)
{
    test_begin();
    uint64_t start = clock_now_ns();
    CHECK(timeout_start(note_number, (void *)1, 0) == 0);
    CHECK(timeout_start(note_number, (void *)2, -5) == 0);
    CHECK(timeout_start(note_number, (void *)3, INT32_MIN) == 0);
    task_sleep_ns(TEST_WAIT_NS);
    CHECK(test.order == 123);
    CHECK(test.ran_ns - start >= NS_PER_TICK);
}

SELFTEST(timeout, those_due_first_run_first)
{
    test_begin();
    CHECK(timeout_start(note_number, (void *)5, 3) == 0);
    CHECK(timeout_start(note_number, (void *)1, 1) == 0);
    CHECK(timeout_start(note_number, (void *)3, 2) == 0);
    CHECK(timeout_start(note_number, (void *)4, 2) == 0);
    CHECK(timeout_start(note_number, (void *)2, 1) == 0);
    task_sleep_ns(2 * TEST_WAIT_NS);
    CHECK(test.order == 12345);
}

SELFTEST(timeout, one_that_is_cancelled_never_runs)
{
    test_begin();
    CHECK(timeout_start(note_number, (void *)1, TEST_TICKS) == 0);
    CHECK(timeout_start(note_number, (void *)2, TEST_TICKS) == 0);
    CHECK(timeout_cancel(note_number, (void *)3) == ENOENT);
    CHECK(timeout_cancel(run_again, (void *)1) == ENOENT);
    CHECK(timeout_cancel(note_number, (void *)1) == 0);
    CHECK(timeout_cancel(note_number, (void *)1) == ENOENT);
    task_sleep_ns(TEST_WAIT_NS);
    CHECK(test.order == 2);
    CHECK(timeout_cancel(note_number, (void *)2) == ENOENT);
}

SELFTEST(timeout, of_equal_ones_the_first_due_is_cancelled)
{
    test_begin();
    CHECK(timeout_start(note_number, (void *)1, INT32_MAX) == 0);
    CHECK(timeout_start(note_number, (void *)1, TEST_TICKS) == 0);
    CHECK(timeout_cancel(note_number, (void *)1) == 0);
    task_sleep_ns(TEST_WAIT_NS);
    CHECK(test.count == 0);
    CHECK(timeout_cancel(note_number, (void *)1) == 0);
    CHECK(timeout_cancel(note_number, (void *)1) == ENOENT);
}

/* Runs first, with the two others due at the same tick. */
static void cancel_others(void *argument)
{
    test.cancel_result = timeout_cancel(cancel_others, argument); /* itself */
    test.start_result = timeout_cancel(note_number, (void *)2);
}

SELFTEST(timeout, a_function_cancels_others_of_its_tick_but_not_itself)
{
    test_begin();
    bool were_on = interrupts_save(); /* all three in one tick */
    CHECK(timeout_start(cancel_others, NULL, TEST_TICKS) == 0);
    CHECK(timeout_start(note_number, (void *)2, TEST_TICKS) == 0);
    CHECK(timeout_start(note_number, (void *)3, TEST_TICKS) == 0);
    interrupts_restore(were_on);
    task_sleep_ns(TEST_WAIT_NS);
    CHECK(test.cancel_result == ENOENT);
    CHECK(test.start_result == 0);
    CHECK(test.order == 3);
}

static unsigned use_all_callouts(void)
{
    unsigned used = 0;
    while (used < TEST_CALLOUTS && timeout_start(note_number, NULL, INT32_MAX) == 0)
        used++;
    return used;
}

static void cancel_all_callouts(void)
{
    while (timeout_cancel(note_number, NULL) == 0)
        ;
}

SELFTEST(timeout, a_function_that_requests_itself_again_finds_a_callout)
{
    test_begin();
    CHECK(timeout_start(run_again, NULL, TEST_TICKS) == 0);
    CHECK(use_all_callouts() == CALLOUTS_ALWAYS - 1);
    task_sleep_ns(3 * TEST_WAIT_NS);
    CHECK(test.start_result == 0);
    CHECK(test.count == 3);
    cancel_all_callouts();
}

SELFTEST(timeout, more_than_there_are_callouts_is_refused_and_loses_nothing)
{
    test_begin();
    CHECK(timeout_start(NULL, NULL, 1) == EINVAL);
    CHECK(use_all_callouts() == CALLOUTS_ALWAYS);
    CHECK(timeout_start(note_number, (void *)1, 1) == EAGAIN);
    CHECK(timeout_reserve(1) == 0);
    CHECK(timeout_start(note_number, (void *)2, 1) == 0);
    CHECK(timeout_reserve(-1) == EBUSY);
    task_sleep_ns(TEST_WAIT_NS);
    CHECK(test.order == 2);
    CHECK(timeout_reserve(-1) == 0);
    CHECK(timeout_reserve(-1) == EINVAL);
    cancel_all_callouts();
    CHECK(timeouts.spare_count == CALLOUTS_ALWAYS);
}

SELFTEST(timeout, the_number_of_callouts_has_limits)
{
    struct memory_totals before, after;
    heap_trim();
    memory_get_totals(&before);
    CHECK(timeout_reserve(0) == 0);
    CHECK(timeout_reserve(INT32_MAX) == ENOSPC);
    CHECK(timeout_reserve(INT32_MIN) == EINVAL);
    CHECK(timeout_reserve(CALLOUTS_MAX) == ENOSPC);
    CHECK(timeout_reserve(CALLOUTS_MAX - CALLOUTS_ALWAYS) == 0);
    CHECK(timeout_reserve(1) == ENOSPC);
    CHECK(timeout_reserve(CALLOUTS_ALWAYS - CALLOUTS_MAX) == 0);
    CHECK(timeout_reserve(-1) == EINVAL);
    CHECK(timeouts.count == CALLOUTS_ALWAYS && timeouts.spare_count == CALLOUTS_ALWAYS);
    heap_trim();
    memory_get_totals(&after);
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
}

static void note_run(void *place)
{
    volatile unsigned char *runs = place;
    ++*runs;
}

SELFTEST(timeout, requests_survive_a_change_of_the_number_in_their_order)
{
    test_begin();
    CHECK(timeout_start(note_number, (void *)3, 3) == 0);
    CHECK(timeout_start(note_number, (void *)1, 2) == 0);
    CHECK(timeout_reserve(TEST_MANY) == 0);
    CHECK(timeout_start(note_number, (void *)2, 2) == 0);
    CHECK(timeout_start(note_number, (void *)4, INT32_MAX) == 0);
    CHECK(timeout_reserve(-TEST_MANY) == 0);
    CHECK(timeouts.table == built_in);
    CHECK(timeout_cancel(note_number, (void *)4) == 0);
    task_sleep_ns(2 * TEST_WAIT_NS);
    CHECK(test.order == 123);
    CHECK(timeouts.spare_count == CALLOUTS_ALWAYS);
}

SELFTEST(timeout, each_of_many_runs_once)
{
    test_begin();
    CHECK(timeout_reserve(TEST_MANY) == 0);
    for (unsigned i = 0; i < TEST_CALLOUTS; i++)
        CHECK(timeout_start(note_run, (void *)&test.runs[i], (int)(i * 7 % 11)) == 0);
    task_sleep_ns(16 * (uint64_t)NS_PER_TICK);
    unsigned right = 0;
    for (unsigned i = 0; i < TEST_CALLOUTS; i++)
        right += test.runs[i] == 1;
    CHECK(right == TEST_CALLOUTS);
    CHECK(timeout_reserve(-TEST_MANY) == 0);
}
