/*
 * The 8254 timer: a steady tick, and a clock that reads how far the counter has come since the last
 * tick. Nothing has to be calibrated: the counter runs at 1,193,182 Hz on every PC.
 * Source: Intel 8254 data sheet.
 */
#include "arch/timer.h"

#include "arch/cpu.h"
#include "arch/interrupt.h"
#include "arch/port.h"

#define TIMER_HZ    1193182u
#define TICK_COUNTS ((TIMER_HZ + TIMER_TICKS_PER_SECOND / 2) / TIMER_TICKS_PER_SECOND)

#define COUNTER_PORT 0x40
#define CONTROL_PORT 0x43
#define CONTROL_RATE                                                                               \
    0x34 /* counter 0, low byte then high byte, mode 2: counts down and starts over */
#define CONTROL_HOLD 0x00 /* counter 0: hold the present value for reading */

static struct {
    uint64_t ticks_counts; /* counts up to the last tick */
    uint64_t last_counts;  /* what the clock showed last: it never goes backwards */
} timer;

void timer_init(void)
{
    port_write8(CONTROL_PORT, CONTROL_RATE);
    port_write8(COUNTER_PORT, TICK_COUNTS & 0xff);
    port_write8(COUNTER_PORT, TICK_COUNTS >> 8);
}

void timer_tick(void)
{
    timer.ticks_counts += TICK_COUNTS;
}

/* Counts since the counter last started over. */
static uint32_t counts_in_tick(void)
{
    port_write8(CONTROL_PORT, CONTROL_HOLD);
    uint32_t left = port_read8(COUNTER_PORT);
    left |= (uint32_t)port_read8(COUNTER_PORT) << 8;
    return left > TICK_COUNTS ? 0 : TICK_COUNTS - left;
}

/* Interrupts are off. A tick that waits to be delivered has not been added yet. */
static uint64_t counts_now(void)
{
    uint32_t counts = counts_in_tick();
    bool tick_is_waiting = interrupt_line_is_pending(IRQ_TIMER);
    /* The counter may have started over between the two readings: then it was near its end. */
    bool started_over_before = tick_is_waiting && counts < TICK_COUNTS / 2;
    return timer.ticks_counts + counts + (started_over_before ? TICK_COUNTS : 0);
}

uint64_t timer_now_ns(void)
{
    const uint64_t ns_per_second = 1000000000;
    bool were_on = interrupts_save();
    uint64_t counts = counts_now();
    if (counts < timer.last_counts)
        counts = timer.last_counts;
    timer.last_counts = counts;
    interrupts_restore(were_on);
    uint64_t seconds = counts / TIMER_HZ;
    return seconds * ns_per_second + counts % TIMER_HZ * ns_per_second / TIMER_HZ;
}
