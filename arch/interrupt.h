/*
 * Interrupts and exceptions.
 *
 * arch/ enters the kernel through two contract functions, defined in kernel/irq/: an exception
 * arrives at exception_handle, a device interrupt at irq_dispatch, both with interrupts off.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

/* The registers at the interrupted place. Each machine has its own, in arch/<machine>/frame.h. */
struct trap_frame;

enum { IRQ_TIMER = 0, IRQ_KEYBOARD = 1, IRQ_COM2 = 3, IRQ_COM1 = 4, IRQ_COUNT = 16 };

/* Fills the vector table and sets up the interrupt controller with every line masked. */
void interrupts_init(void);
/* Lets interrupts of `line` (0 to IRQ_COUNT - 1) through, or not. Interrupts are off. */
void interrupt_line_enable(unsigned line);
void interrupt_line_disable(unsigned line);
/* Tells the controller that `line` has been handled. False when it was spurious. Interrupts off. */
MUST_CHECK bool interrupt_line_begin(unsigned line);
void interrupt_line_end(unsigned line);

/* The interrupted instruction, its frame pointer and stack pointer; for backtraces. */
uintptr_t trap_frame_address(const struct trap_frame *frame);
uintptr_t trap_frame_base(const struct trap_frame *frame);
/* The address that a page fault was about, also when it became a double fault; 0 otherwise. */
uintptr_t trap_frame_fault_address(const struct trap_frame *frame);
/* "page fault (vector 14, error 0x2) at 0x...": text into `buffer`. */
void trap_frame_describe(const struct trap_frame *frame, char *buffer, unsigned size_bytes);
/* One line of registers after another into `buffer`; false when there is no line `number`. */
MUST_CHECK bool trap_frame_registers(const struct trap_frame *frame, unsigned number, char *buffer,
                                     unsigned size_bytes);

/*
 * A trap frame of the place that called the calling function, for a panic that no trap caused. What
 * that function was free to change shows what it left there. Valid until the next call.
 */
const struct trap_frame *trap_frame_capture(uintptr_t return_address, uintptr_t base);

/*
 * Walks the chain of stack frames from `base`: stores the return address and the next base. False at
 * the end of the chain or where it does not look like one. Reads only mapped memory.
 */
MUST_CHECK bool stack_frame_next(uintptr_t *base, uintptr_t *return_address);

/* Defined above, in kernel/irq/. */
void exception_handle(struct trap_frame *frame);
void irq_dispatch(unsigned line);
