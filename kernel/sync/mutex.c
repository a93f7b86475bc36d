/*
 * Mutexes. An unlock hands the lock to the thread that waits longest, so that nobody who unlocks and
 * locks again in a loop keeps the others out.
 */
#include "kernel/sync/mutex.h"

#include <stddef.h>

#include "arch/cpu.h"
#include "kernel/irq/irq.h"
#include "kernel/selftest/selftest.h"
#include "lib/assert.h"

void mutex_init(struct mutex *mutex)
{
    mutex->owner = NULL;
    wait_queue_init(&mutex->waiters);
}

void mutex_lock(struct mutex *mutex)
{
    struct thread *me = thread_current();
    ASSERT(me != NULL && !irq_is_active());
    bool were_on = interrupts_save();
    ASSERT(mutex->owner != me);
    if (mutex->owner == NULL)
        mutex->owner = me;
    while (mutex->owner != me)
        wait_queue_sleep(&mutex->waiters);
    interrupts_restore(were_on);
}

void mutex_unlock(struct mutex *mutex)
{
    bool were_on = interrupts_save();
    ASSERT(mutex_is_mine(mutex));
    mutex->owner = wait_queue_wake_one(&mutex->waiters);
    interrupts_restore(were_on);
}

bool mutex_is_mine(const struct mutex *mutex)
{
    return mutex->owner != NULL && mutex->owner == thread_current();
}

/* --- self-tests --- */

#define TEST_THREADS 3
#define TEST_ROUNDS  50

static struct {
    struct mutex mutex;
    unsigned inside;
    unsigned most_inside;
    unsigned rounds;
    unsigned finished;
} test;

static void lock_and_unlock(void *argument UNUSED)
{
    for (unsigned i = 0; i < TEST_ROUNDS; i++) {
        mutex_lock(&test.mutex);
        test.inside++;
        if (test.inside > test.most_inside)
            test.most_inside = test.inside;
        unsigned rounds = test.rounds;
        thread_yield(); /* the others run here, and would count wrong if they came in */
        test.rounds = rounds + 1;
        test.inside--;
        mutex_unlock(&test.mutex);
    }
    mutex_lock(&test.mutex);
    test.finished++;
    mutex_unlock(&test.mutex);
}

SELFTEST(mutex, excludes)
{
    mutex_init(&test.mutex);
    test.rounds = test.most_inside = test.finished = 0;
    for (unsigned i = 0; i < TEST_THREADS; i++)
        CHECK(thread_create("mutex test", lock_and_unlock, NULL));
    while (*(volatile unsigned *)&test.finished < TEST_THREADS)
        thread_yield();
    CHECK(test.most_inside == 1);
    CHECK(test.rounds == TEST_THREADS * TEST_ROUNDS);
    CHECK(!mutex_is_mine(&test.mutex));
    mutex_lock(&test.mutex);
    CHECK(mutex_is_mine(&test.mutex));
    mutex_unlock(&test.mutex);
    CHECK(test.mutex.owner == NULL);
}
