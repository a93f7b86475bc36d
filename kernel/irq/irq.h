/* Device interrupts: who handles which line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef void (*irq_handler)(void *context);

/*
 * Gives line `line` (arch/interrupt.h) to `handler`, which runs with interrupts off and must not
 * sleep, and lets the line through. One handler a line; a second one is a panic.
 */
void irq_register(unsigned line, irq_handler handler, void *context);

/* True inside a handler: what may sleep or allocate must not be called then. */
bool irq_is_active(void);

/* Interrupts of `line` that were handled. */
uint64_t irq_count(unsigned line);
