/* Device interrupts: who handles which line. */
#pragma once

typedef void (*irq_handler)(void *context);

/*
 * Gives line `line` (arch/interrupt.h) to `handler`, which runs with interrupts off and must not
 * sleep, and lets the line through. One handler a line; a second one is a panic.
 */
void irq_register(unsigned line, irq_handler handler, void *context);
