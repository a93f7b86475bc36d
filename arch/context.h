/* Switching between kernel threads. */
#pragma once

#include <stdint.h>

/* The saved state of a thread that is not running: where its stack was left. */
struct context {
    uintptr_t stack_pointer;
};

/*
 * Makes `context` one that, when switched to, calls entry(argument) on the stack that ends at
 * `stack_top` (multiple of 16) with interrupts off. `entry` never returns.
 */
void context_init(struct context *context, uintptr_t stack_top, void (*entry)(void *),
                  void *argument);

/* Saves the running thread into `from` and continues `to`. Interrupts are off. */
void context_switch(struct context *from, const struct context *to);
