/*
 * The scheduler: one CPU, one queue of threads that can run, first come first served, a slice each.
 *
 *   create --> ready --> running --> ended --> gone (by whoever runs next)
 *                ^         |   `--> sleeping, by time  --. threads_tick
 *                |         `------> waiting on a queue --+ wake
 *                `---------------------------------------'
 *
 * Invariants:
 *   1. The state changes with interrupts off, which on one CPU is the lock. A switch happens with
 *      interrupts off; the thread that goes on restores its own setting.
 *   2. A thread that is not running is on exactly one list: ready, sleepers or a wait queue. The
 *      idle thread is on none: it runs when `ready` is empty.
 *   3. `sleepers` is in the order of wake times.
 *   4. At most one thread has ended and is not gone: the one that was switched away from last.
 */
#include "kernel/task/task.h"

#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "arch/timer.h"
#include "kernel/irq/irq.h"
#include "kernel/log/panic.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/memory.h"
#include "kernel/selftest/selftest.h"
#include "lib/assert.h"
#include "lib/string.h"

#define STACK_PAGES     4
#define TICKS_PER_SLICE 2
_Static_assert(1000 / TIMER_TICKS_PER_SECOND * TICKS_PER_SLICE == 20, "a slice is 20 ms");

struct thread {
    struct context context;
    struct list link;
    const char *name;
    uintptr_t stack_low;
    uintptr_t stack_high;
    uint64_t wake_ns;
    void (*entry)(void *);
    void *argument;
};

static struct {
    struct thread *current; /* NULL before there are threads */
    struct thread *idle;
    struct thread *ended; /* to be freed after the switch away from it */
    struct list ready;
    struct list sleepers;
    unsigned slice_ticks; /* left of the running thread's slice */
    bool must_switch;     /* at the next way out of an interrupt */
} scheduler;

/* The stack that the boot code has been running on. */
extern const char boot_stack_low[];
extern const char boot_stack_high[];
static struct thread boot_thread;

/* --- switching; interrupts are off --- */

/* Frees the thread that ended by the switch just made. */
static void reap(void)
{
    struct thread *ended = scheduler.ended;
    scheduler.ended = NULL;
    if (ended == NULL || ended == &boot_thread)
        return;
    memory_free(ended->stack_low);
    kfree(ended);
}

static struct thread *take_next(void)
{
    if (list_is_empty(&scheduler.ready))
        return scheduler.idle;
    struct thread *next = LIST_ENTRY(scheduler.ready.next, struct thread, link);
    list_remove(&next->link);
    return next;
}

/* Runs the next thread. The running one is where it shall be found again, if at all. */
static void switch_away(void)
{
    ASSERT(!interrupts_are_on());
    struct thread *from = scheduler.current;
    struct thread *to = take_next();
    scheduler.slice_ticks = TICKS_PER_SLICE;
    scheduler.must_switch = false;
    if (to == from)
        return;
    scheduler.current = to;
    context_switch(&from->context, &to->context);
    reap();
}

static void make_ready(struct thread *thread)
{
    list_add_last(&scheduler.ready, &thread->link);
    if (scheduler.current == scheduler.idle)
        scheduler.must_switch = true;
}

/* Puts the running thread at the end of the queue and runs the next. */
static void give_way(void)
{
    if (scheduler.current != scheduler.idle)
        list_add_last(&scheduler.ready, &scheduler.current->link);
    switch_away();
}

/* --- threads --- */

static void thread_start(void *argument)
{
    struct thread *thread = argument;
    reap();
    interrupts_restore(true);
    thread->entry(thread->argument);
    thread_exit();
}

static struct thread *thread_make(const char *name, void (*entry)(void *), void *argument)
{
    struct thread *thread = kmalloc(sizeof(*thread));
    if (thread == NULL)
        return NULL;
    uintptr_t stack = memory_allocate(MEMORY_KERNEL, STACK_PAGES);
    if (stack == 0) {
        kfree(thread);
        return NULL;
    }
    *thread = (struct thread){
        .name = name,
        .stack_low = stack,
        .stack_high = stack + STACK_PAGES * PAGE_SIZE,
        .entry = entry,
        .argument = argument,
    };
    context_init(&thread->context, thread->stack_high, thread_start, thread);
    return thread;
}

static void idle_main(void *unused UNUSED)
{
    /* Whatever wakes a thread switches to it on the way out of its interrupt. */
    for (;;)
        cpu_wait_for_interrupt();
}

void threads_init(void)
{
    boot_thread.name = "boot";
    boot_thread.stack_low = (uintptr_t)boot_stack_low;
    boot_thread.stack_high = (uintptr_t)boot_stack_high;
    struct thread *idle = thread_make("idle", idle_main, NULL);
    if (idle == NULL)
        panic("no memory for the idle thread");
    bool were_on = interrupts_save();
    list_init(&scheduler.ready);
    list_init(&scheduler.sleepers);
    scheduler.idle = idle;
    scheduler.slice_ticks = TICKS_PER_SLICE;
    scheduler.current = &boot_thread;
    interrupts_restore(were_on);
}

bool thread_create(const char *name, void (*entry)(void *), void *argument)
{
    ASSERT(scheduler.current != NULL);
    struct thread *thread = thread_make(name, entry, argument);
    if (thread == NULL)
        return false;
    bool were_on = interrupts_save();
    make_ready(thread);
    interrupts_restore(were_on);
    return true;
}

struct thread *thread_current(void)
{
    return scheduler.current;
}

const char *thread_name(const struct thread *thread)
{
    return thread->name;
}

void thread_stack(const struct thread *thread, uintptr_t *low, uintptr_t *high)
{
    *low = thread->stack_low;
    *high = thread->stack_high;
}

void thread_yield(void)
{
    ASSERT(scheduler.current != NULL && !irq_is_active());
    bool were_on = interrupts_save();
    give_way();
    interrupts_restore(were_on);
}

void thread_exit(void)
{
    ASSERT(scheduler.current != NULL && !irq_is_active());
    interrupts_save();
    ASSERT(scheduler.ended == NULL && scheduler.current != scheduler.idle);
    scheduler.ended = scheduler.current;
    switch_away();
    panic("a thread that ended runs");
}

/* --- time --- */

static void wake_sleepers(void)
{
    uint64_t now = list_is_empty(&scheduler.sleepers) ? 0 : clock_now_ns();
    while (!list_is_empty(&scheduler.sleepers)) {
        struct thread *first = LIST_ENTRY(scheduler.sleepers.next, struct thread, link);
        if (first->wake_ns > now)
            return;
        list_remove(&first->link);
        make_ready(first);
    }
}

void threads_tick(void)
{
    if (scheduler.current == NULL)
        return;
    wake_sleepers();
    if (scheduler.slice_ticks > 0)
        scheduler.slice_ticks--;
    if (scheduler.slice_ticks == 0)
        scheduler.must_switch = true;
}

void threads_preempt(void)
{
    if (scheduler.must_switch)
        give_way();
}

void task_sleep_ns(uint64_t duration_ns)
{
    struct thread *me = scheduler.current;
    ASSERT(me != NULL && !irq_is_active());
    uint64_t now = clock_now_ns();
    bool were_on = interrupts_save();
    me->wake_ns = duration_ns > UINT64_MAX - now ? UINT64_MAX : now + duration_ns;
    struct list *later = scheduler.sleepers.next;
    while (later != &scheduler.sleepers &&
           LIST_ENTRY(later, struct thread, link)->wake_ns <= me->wake_ns)
        later = later->next;
    list_insert_between(&me->link, later->previous, later);
    switch_away();
    interrupts_restore(were_on);
}

/* --- waiting --- */

void wait_queue_init(struct wait_queue *queue)
{
    list_init(&queue->waiters);
}

void wait_queue_sleep(struct wait_queue *queue)
{
    ASSERT(scheduler.current != NULL && !irq_is_active() && !interrupts_are_on());
    list_add_last(&queue->waiters, &scheduler.current->link);
    switch_away();
}

struct thread *wait_queue_wake_one(struct wait_queue *queue)
{
    ASSERT(!interrupts_are_on());
    if (list_is_empty(&queue->waiters))
        return NULL;
    struct thread *first = LIST_ENTRY(queue->waiters.next, struct thread, link);
    list_remove(&first->link);
    make_ready(first);
    return first;
}

void wait_queue_wake_all(struct wait_queue *queue)
{
    while (wait_queue_wake_one(queue) != NULL)
        ;
}

/* --- self-tests --- */

#define TEST_DEADLINE_NS 2000000000ull

static struct {
    volatile unsigned counts[2];
    volatile bool must_stop;
    unsigned ended;
    struct wait_queue queue;
} test;

static void note_end(void)
{
    __atomic_add_fetch(&test.ended, 1, __ATOMIC_SEQ_CST);
}

static unsigned ended_count(void)
{
    return __atomic_load_n(&test.ended, __ATOMIC_SEQ_CST);
}

static void count_on(void *argument)
{
    volatile unsigned *count = argument;
    while (!test.must_stop)
        (*count)++;
    note_end();
}

/* Waits for `count` test threads to end, for a limited time. */
static bool have_ended(unsigned count)
{
    uint64_t start = clock_now_ns();
    while (ended_count() < count && clock_now_ns() - start < TEST_DEADLINE_NS)
        thread_yield();
    return ended_count() == count;
}

SELFTEST(task, spinning_threads_share_the_cpu)
{
    test.counts[0] = test.counts[1] = test.ended = 0;
    test.must_stop = false;
    CHECK(thread_create("spin 0", count_on, (void *)&test.counts[0]));
    CHECK(thread_create("spin 1", count_on, (void *)&test.counts[1]));
    uint64_t start = clock_now_ns();
    while ((test.counts[0] == 0 || test.counts[1] == 0) &&
           clock_now_ns() - start < TEST_DEADLINE_NS)
        cpu_relax(); /* never yields: only the timer can let them run */
    CHECK(test.counts[0] > 0);
    CHECK(test.counts[1] > 0);
    test.must_stop = true;
    CHECK(have_ended(2));
}

SELFTEST(task, sleep_lasts_at_least_its_time)
{
    for (uint64_t duration_ns = 1; duration_ns <= 100000000; duration_ns *= 100) {
        uint64_t start = clock_now_ns();
        task_sleep_ns(duration_ns);
        CHECK(clock_now_ns() - start >= duration_ns);
    }
}

static void sleep_and_end(void *argument)
{
    task_sleep_ns((uint64_t)(uintptr_t)argument);
    test.counts[0] = test.counts[0] * 10 + (unsigned)(uintptr_t)argument / 10000000;
    note_end();
}

SELFTEST(task, sleepers_wake_in_the_order_of_their_times)
{
    test.counts[0] = test.ended = 0;
    CHECK(thread_create("sleep 3", sleep_and_end, (void *)90000000));
    CHECK(thread_create("sleep 1", sleep_and_end, (void *)30000000));
    CHECK(thread_create("sleep 2", sleep_and_end, (void *)60000000));
    CHECK(have_ended(3));
    CHECK(test.counts[0] == 369);
}

static void wait_and_end(void *argument UNUSED)
{
    bool were_on = interrupts_save();
    test.counts[1]++;
    wait_queue_sleep(&test.queue);
    interrupts_restore(were_on);
    note_end();
}

SELFTEST(task, a_wait_queue_wakes_one_or_all)
{
    test.counts[1] = test.ended = 0;
    wait_queue_init(&test.queue);
    for (unsigned i = 0; i < 3; i++)
        CHECK(thread_create("wait", wait_and_end, NULL));
    while (test.counts[1] < 3)
        thread_yield();
    bool were_on = interrupts_save();
    CHECK(wait_queue_wake_one(&test.queue) != NULL);
    interrupts_restore(were_on);
    CHECK(have_ended(1));
    were_on = interrupts_save();
    wait_queue_wake_all(&test.queue);
    interrupts_restore(were_on);
    CHECK(have_ended(3));
}

static void end_at_once(void *argument UNUSED)
{
    note_end();
}

SELFTEST(task, threads_that_end_give_everything_back)
{
    struct memory_totals before, after;
    heap_trim();
    memory_get_totals(&before);
    test.ended = 0;
    for (unsigned i = 0; i < 20; i++)
        CHECK(thread_create("short", end_at_once, NULL));
    CHECK(have_ended(20));
    thread_yield(); /* switched away from: the last one is gone now */
    heap_trim();
    memory_get_totals(&after);
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
}

SELFTEST(task, a_stack_has_a_guard_page_below)
{
    uintptr_t low;
    uintptr_t high;
    physical_address frame;
    thread_stack(thread_current(), &low, &high);
    CHECK(high - low == STACK_PAGES * PAGE_SIZE);
    CHECK(paging_lookup(low, &frame));
    CHECK(!paging_lookup(low - 1, &frame));
}
