/* The timer: a steady tick on IRQ_TIMER and a clock with a finer grain than the tick. */
#pragma once

#include <stdint.h>

#define TIMER_TICKS_PER_SECOND 100

/* Starts the tick. Interrupts are off. */
void timer_init(void);
/* Called by the handler of IRQ_TIMER, interrupts off, so that the clock is looked at in time. */
void timer_tick(void);
/* Nanoseconds since timer_init. Never goes backwards. Any context. */
uint64_t timer_now_ns(void);
