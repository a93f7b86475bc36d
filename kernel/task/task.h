/*
 * Kernel threads: preemptive, one CPU, round robin among those that can run.
 * (The name is "thread" outside; task_ is the prefix of what extensions see.)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/context.h"
#include "lib/compiler.h"
#include "lib/list.h"

struct thread;

/* Makes the running flow of control the first thread and starts the idle thread. Once. */
void threads_init(void);

/*
 * Starts a thread that runs entry(argument) and ends when it returns. Its stack has a guard page
 * below. False when there is no memory. `name` must live for ever. May sleep.
 */
MUST_CHECK bool thread_create(const char *name, void (*entry)(void *), void *argument);

struct thread *thread_current(void);
const char *thread_name(const struct thread *thread);
/* Stack of `thread`: lowest usable address and first address after it. */
void thread_stack(const struct thread *thread, uintptr_t *low, uintptr_t *high);

/* Lets others run. Not from an interrupt handler. */
void thread_yield(void);
/* Ends the calling thread. */
NO_RETURN void thread_exit(void);

/* Called by the timer's handler on each tick, interrupts off: wakes sleepers, ends time slices. */
void threads_tick(void);
/* Called on the way out of an interrupt, interrupts off: switches when a slice has ended. */
void threads_preempt(void);

/* Threads that wait for the same thing. All fields belong to the scheduler. */
struct wait_queue {
    struct list waiters;
};
void wait_queue_init(struct wait_queue *queue);
/*
 * Sleeps on `queue` until woken. Interrupts are off when called and when it returns, so that a
 * condition checked before cannot change in between. Check it again afterwards.
 */
void wait_queue_sleep(struct wait_queue *queue);
/*
 * Wakes all, or the one that has waited longest: returns it, NULL when there is none. Interrupts are
 * off. Any context.
 */
void wait_queue_wake_all(struct wait_queue *queue);
struct thread *wait_queue_wake_one(struct wait_queue *queue);
