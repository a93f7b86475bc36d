/*
 * Timeouts: functions called once, some ticks from now. What extensions call is in <mortise/kernel.h>:
 * timeout_start, timeout_cancel, timeout_reserve.
 */
#pragma once

/* Makes the callouts that are always there. Once, when there is a heap. */
void timeouts_init(void);

/* Called by the timer's handler on each tick, interrupts off: runs what is due. */
void timeouts_tick(void);
