/*
 * A machine that does nothing: every function that the headers in arch/ ask of a machine, with a body that is
 * only enough to compile. It is the list that a port begins with, and keeps docs/porting.md honest:
 * the tests compile the whole kernel against it and see that nothing else is missing.
 *
 * Bodies that return nothing are empty; the others give the answer that changes least.
 */
#include <stddef.h>

#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/interrupt.h"
#include "arch/machine.h"
#include "arch/paging.h"
#include "arch/string.h"
#include "arch/timer.h"

/* arch/cpu.h */

void cpu_init(void) {}

const char *cpu_description(void)
{
    return "stub";
}

bool interrupts_save(void)
{
    return false;
}

void interrupts_restore(bool were_on UNUSED) {}

bool interrupts_are_on(void)
{
    return false;
}

void cpu_wait_for_interrupt(void) {}

void cpu_halt(void)
{
    for (;;)
        cpu_relax();
}

void cpu_relax(void) {}

uint64_t cpu_cycle_count(void)
{
    return 0;
}

void machine_reboot(void)
{
    cpu_halt();
}

void machine_poweroff(int status UNUSED)
{
    cpu_halt();
}

/* arch/interrupt.h */

void interrupts_init(void) {}

void interrupt_line_enable(unsigned line UNUSED) {}

void interrupt_line_disable(unsigned line UNUSED) {}

bool interrupt_line_begin(unsigned line UNUSED)
{
    return false;
}

void interrupt_line_end(unsigned line UNUSED) {}

uintptr_t trap_frame_address(const struct trap_frame *frame UNUSED)
{
    return 0;
}

uintptr_t trap_frame_base(const struct trap_frame *frame UNUSED)
{
    return 0;
}

uintptr_t trap_frame_fault_address(const struct trap_frame *frame UNUSED)
{
    return 0;
}

void trap_frame_describe(const struct trap_frame *frame UNUSED, char *buffer, unsigned size_bytes)
{
    if (size_bytes != 0)
        buffer[0] = '\0';
}

bool trap_frame_registers(const struct trap_frame *frame UNUSED, unsigned number UNUSED,
                          char *buffer UNUSED, unsigned size_bytes UNUSED)
{
    return false;
}

const struct trap_frame *trap_frame_capture(uintptr_t return_address UNUSED, uintptr_t base UNUSED)
{
    return NULL;
}

bool stack_frame_next(uintptr_t *base UNUSED, uintptr_t *return_address UNUSED)
{
    return false;
}

/* arch/paging.h */

struct address_range paging_extension_region(void)
{
    return (struct address_range){0, 0};
}

struct address_range paging_kernel_region(void)
{
    return (struct address_range){0, 0};
}

bool paging_map(uintptr_t address UNUSED, physical_address frame UNUSED,
                enum protection protection UNUSED, enum page_cache cache UNUSED)
{
    return false;
}

physical_address paging_unmap(uintptr_t address UNUSED)
{
    return 0;
}

void paging_release_tables(uintptr_t start UNUSED, uintptr_t end UNUSED) {}

void paging_protect(uintptr_t address UNUSED, enum protection protection UNUSED) {}

bool paging_lookup(uintptr_t address UNUSED, physical_address *frame UNUSED)
{
    return false;
}

void paging_walk(void (*visit)(const struct page_visit *page, void *context), void *context UNUSED)
{
    (void)visit;
}

void paging_finish_boot(void) {}

const void *paging_boot_window(physical_address address UNUSED, size_t size_bytes UNUSED)
{
    return NULL;
}

/* arch/context.h */

void context_init(struct context *context, uintptr_t stack_top, void (*entry)(void *),
                  void *argument UNUSED)
{
    (void)entry;
    context->stack_pointer = stack_top;
}

void context_switch(struct context *from UNUSED, const struct context *to UNUSED) {}

/* arch/timer.h */

void timer_init(void) {}

void timer_tick(void) {}

uint64_t timer_now_ns(void)
{
    return 0;
}

/* arch/machine.h */

const struct machine *arch_loader_machine(void)
{
    return NULL;
}

const char *arch_name(void)
{
    return "stub";
}

/* arch/string.h */

void *memcpy(void *to, const void *from UNUSED, size_t size_bytes UNUSED)
{
    return to;
}

void *memmove(void *to, const void *from UNUSED, size_t size_bytes UNUSED)
{
    return to;
}

void *memset(void *to, int byte UNUSED, size_t size_bytes UNUSED)
{
    return to;
}
