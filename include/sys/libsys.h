/*
 * What libsys.a (-lsys) offers: timeouts, and sizes that fit the processor's cache. It is a link-edit
 * library: its code becomes part of the extension, and needs only the kernel's own exports.
 */
#pragma once

#include <sys/types.h>

/* Ticks of the clock in a second. */
#define HZ 100

/*
 * Calls func(arg) once, `ticks` ticks from now or up to one tick later; fewer than one count as one.
 * func runs in the timer's interrupt: interrupts are off, it must be short and must not sleep or
 * allocate memory. It may call all three functions below but timeoutcf. Those whose time comes at the
 * same tick run in the order of their times, and equal times in the order of their requests.
 *
 * Returns 0, or -1 when all callouts are in use, which the log says too; then nothing was requested.
 * (AIX returns nothing, and stops the system.) The kernel has a few callouts; who needs more at a time
 * reserves them by timeoutcf. Any context.
 *
 * An extension must cancel what it requested before it goes: the kernel does not know whose func is.
 */
int timeout(void (*func)(void *), void *arg, int ticks);

/*
 * Cancels the request for func(arg); of several equal ones that which is due first. Once it has
 * returned, that call will not come: on one CPU it is over, or will never be. Without such a request
 * nothing happens. Any context, also from within func.
 */
void untimeout(void (*func)(void *), void *arg);

/*
 * Changes the number of callouts by `cocnt`: a positive number reserves so many more, a negative one
 * gives so many back. Returns 0, or -1 with nothing changed: no memory, more than the kernel allows, or
 * so many are in use or were never reserved. May sleep; not in an interrupt.
 */
int timeoutcf(int cocnt);

/* The alignment that a buffer needs to share no cache line with others, as the power of two: 6. */
int d_align(void);

/*
 * `bytes` rounded up to whole cache lines (64 bytes); negative numbers become 0. Where that exceeds
 * an int, it is the largest multiple that fits: no allocation of that size succeeds.
 */
int d_roundup(int bytes);
