/* The tick: counts time, then lets timeouts and the scheduler look at the clock. */
#include "kernel/time/clock.h"

#include <mortise/kernel.h>

#include <stdbool.h>

#include "arch/cpu.h"
#include "arch/interrupt.h"
#include "arch/timer.h"
#include "kernel/irq/irq.h"
#include "kernel/selftest/selftest.h"
#include "kernel/task/task.h"
#include "kernel/time/timeout.h"

static bool is_started;

static void handle_tick(void *context UNUSED)
{
    timer_tick();
    timeouts_tick();
    threads_tick();
}

void clock_init(void)
{
    bool were_on = interrupts_save();
    timer_init();
    irq_register(IRQ_TIMER, handle_tick, NULL);
    is_started = true;
    interrupts_restore(were_on);
}

uint64_t clock_now_ns(void)
{
    return is_started ? timer_now_ns() : 0;
}

SELFTEST(clock, never_goes_backwards)
{
    uint64_t last = clock_now_ns();
    bool is_monotonic = true;
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t now = clock_now_ns();
        is_monotonic = is_monotonic && now >= last;
        last = now;
    }
    CHECK(is_monotonic);
}

SELFTEST(clock, moves)
{
    const uint64_t some_time_ns = 30000000;
    uint64_t ticks = irq_count(IRQ_TIMER);
    uint64_t start = clock_now_ns();
    while (clock_now_ns() - start < some_time_ns)
        cpu_relax();
    CHECK(irq_count(IRQ_TIMER) > ticks);
}

/* Cycles that take seconds, not minutes: a clock that stands must not hang the test. */
#define CYCLES_MAX (1ull << 35)

/* With interrupts off the tick cannot be what makes this loop end. */
SELFTEST(clock, loses_nothing_while_interrupts_are_off)
{
    const uint64_t several_ticks_ns = 40000000;
    bool were_on = interrupts_save();
    uint64_t start = clock_now_ns();
    uint64_t start_cycles = cpu_cycle_count();
    while (clock_now_ns() - start < several_ticks_ns &&
           cpu_cycle_count() - start_cycles < CYCLES_MAX)
        cpu_relax();
    uint64_t off_ns = clock_now_ns() - start;
    interrupts_restore(were_on);
    CHECK(off_ns >= several_ticks_ns);
}
