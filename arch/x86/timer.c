/*
 * The 8254 timer. Counter 0 makes the tick; counter 2, the loudspeaker's, runs round and round and is
 * the clock. Nothing has to be calibrated: both run at 1,193,182 Hz on every PC.
 *
 * Time is what counter 2 went on by since it was last read. Whoever reads it need not come often: a
 * tick that is late, or lost while interrupts were off for long, takes nothing from the clock, as
 * long as there is one reading in each COUNTER_PERIOD, 55 ms.
 * Source: Intel 8254 data sheet.
 */
#include "arch/timer.h"

#include "arch/cpu.h"
#include "arch/port.h"

#define TIMER_HZ       1193182u
#define TICK_COUNTS    ((TIMER_HZ + TIMER_TICKS_PER_SECOND / 2) / TIMER_TICKS_PER_SECOND)
#define COUNTER_PERIOD 65536u
_Static_assert(COUNTER_PERIOD > 5 * TICK_COUNTS, "the clock survives several lost ticks");

#define TICK_PORT    0x40
#define CLOCK_PORT   0x42
#define CONTROL_PORT 0x43
#define TICK_RATE    0x34 /* counter 0, low byte then high byte, mode 2: down and over again */
#define CLOCK_RATE   0xb4 /* counter 2, the same */
#define CLOCK_HOLD   0x80 /* counter 2: hold the present value for reading */

#define GATE_PORT    0x61
#define GATE_OPEN    0x01 /* counter 2 counts */
#define GATE_SPEAKER 0x02 /* and is heard */

static struct {
    uint64_t counts;    /* since timer_init */
    uint16_t last_left; /* what counter 2 had when it was last read */
} timer;

/* A period of 0 stands for COUNTER_PERIOD. */
static void start_counter(uint8_t mode, uint16_t port, uint16_t period)
{
    port_write8(CONTROL_PORT, mode);
    port_write8(port, (uint8_t)period);
    port_write8(port, (uint8_t)(period >> 8));
}

static uint16_t clock_left(void)
{
    port_write8(CONTROL_PORT, CLOCK_HOLD);
    unsigned left = port_read8(CLOCK_PORT);
    left |= (unsigned)port_read8(CLOCK_PORT) << 8;
    return (uint16_t)left;
}

void timer_init(void)
{
    uint8_t gate = port_read8(GATE_PORT);
    port_write8(GATE_PORT, (uint8_t)((gate | GATE_OPEN) & ~GATE_SPEAKER));
    start_counter(CLOCK_RATE, CLOCK_PORT, 0);
    timer.last_left = 0;
    start_counter(TICK_RATE, TICK_PORT, TICK_COUNTS);
}

/* Interrupts are off. The counter goes down, and over from 0 to its top. */
static uint64_t counts_now(void)
{
    uint16_t left = clock_left();
    timer.counts += (uint16_t)(timer.last_left - left);
    timer.last_left = left;
    return timer.counts;
}

void timer_tick(void)
{
    (void)counts_now();
}

uint64_t timer_now_ns(void)
{
    const uint64_t ns_per_second = 1000000000;
    bool were_on = interrupts_save();
    uint64_t counts = counts_now();
    interrupts_restore(were_on);
    uint64_t seconds = counts / TIMER_HZ;
    return seconds * ns_per_second + counts % TIMER_HZ * ns_per_second / TIMER_HZ;
}
