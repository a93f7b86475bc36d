/*
 * What arch/ enters the kernel by: device interrupts go to their handlers, exceptions end in a panic
 * that says what happened. Everything here runs with interrupts off.
 */
#include "kernel/irq/irq.h"

#include <stddef.h>

#include "arch/cpu.h"
#include "arch/interrupt.h"
#include "kernel/log/panic.h"
#include "kernel/task/task.h"
#include "lib/assert.h"

static struct {
    struct {
        irq_handler handler;
        void *context;
        uint64_t count;
    } lines[IRQ_COUNT];
    bool is_active;
} irq;

void irq_register(unsigned line, irq_handler handler, void *context)
{
    ASSERT(line < IRQ_COUNT);
    bool were_on = interrupts_save();
    if (irq.lines[line].handler != NULL)
        panic("interrupt line %u has a handler already", line);
    irq.lines[line].handler = handler;
    irq.lines[line].context = context;
    interrupt_line_enable(line);
    interrupts_restore(were_on);
}

void irq_dispatch(unsigned line)
{
    ASSERT(line < IRQ_COUNT);
    if (!interrupt_line_begin(line))
        return;
    ASSERT(irq.lines[line].handler != NULL); /* other lines are not let through */
    irq.is_active = true;
    irq.lines[line].count++;
    irq.lines[line].handler(irq.lines[line].context);
    irq.is_active = false;
    interrupt_line_end(line);
    threads_preempt();
}

bool irq_is_active(void)
{
    return irq.is_active;
}

uint64_t irq_count(unsigned line)
{
    ASSERT(line < IRQ_COUNT);
    return irq.lines[line].count;
}

/* True when `address` is in the guard page below the running thread's stack. */
static bool is_stack_overflow(uintptr_t address)
{
    const struct thread *thread = thread_current();
    if (thread == NULL)
        return false;
    uintptr_t low;
    uintptr_t high;
    thread_stack(thread, &low, &high);
    return address < low && address >= low - PAGE_SIZE;
}

void exception_handle(struct trap_frame *frame)
{
    char text[128];
    if (is_stack_overflow(trap_frame_fault_address(frame)))
        panic_at(frame, "stack overflow of thread %s", thread_name(thread_current()));
    trap_frame_describe(frame, text, sizeof(text));
    panic_at(frame, "%s", text);
}
