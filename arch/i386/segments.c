/*
 * Segments and tasks. The kernel is one task as far as the CPU knows. Three exceptions are tasks of
 * their own with a stack of their own, because the stack they interrupt may be the trouble: double
 * fault (a kernel stack that ran into its guard page), NMI and machine check. Each fault stack has an
 * unmapped page below it (paging_finish_boot).
 *
 * When such a task begins, the CPU has left the interrupted registers in the task state of the
 * interrupted task, and that one's selector in its own: there is no frame on any stack, so one is
 * made of them. These exceptions are reported and not returned from.
 */
#include "arch/x86/segments.h"

#include <stddef.h>
#include <stdint.h>

#include "arch/i386/layout.h"
#include "arch/interrupt.h"
#include "arch/x86/fault_stack.h"
#include "arch/x86/frame.h"
#include "arch/x86/vectors.h"
#include "lib/compiler.h"

#define TASK_COUNT (1 + FAULT_STACK_COUNT) /* the kernel itself first */

#define EFLAGS_ALWAYS_ONE 0x2

/* Intel manual volume 3, figure 8-2; segment selectors take the lower half of their words. */
struct task_state {
    uint32_t previous; /* the selector of the interrupted task */
    struct {
        uint32_t esp, ss;
    } privileged[3];
    uint32_t cr3;
    uint32_t eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs;
    uint32_t local_table;
    uint16_t debug_trap;
    uint16_t io_map_base;
} __attribute__((aligned(128))); /* so that none crosses a page */
_Static_assert(offsetof(struct task_state, io_map_base) == 102, "fixed by the CPU");

#define TASK_STATE_BYTES 104

static struct {
    struct task_state tasks[TASK_COUNT];
    uint64_t table[SELECTOR_TASK / 8 + TASK_COUNT]; /* null, code, data, tasks */
} segments;

void gdt_load(const void *pointer, unsigned task_selector);
void fault_task_start(void);
void fault_task_handle(uint32_t vector);

static uint64_t task_descriptor(const struct task_state *task)
{
    const uint64_t present_task = 0x89;
    uint64_t base = (uintptr_t)task;
    return (TASK_STATE_BYTES - 1) | (base & 0xffffff) << 16 | present_task << 40 |
           (base >> 24) << 56;
}

/* EAX is where fault_task_start of entry.S takes the vector from. */
static void set_fault_task(struct task_state *task, unsigned stack, uint32_t vector)
{
    uintptr_t page_tables;
    __asm__("mov %%cr3, %0" : "=r"(page_tables));
    *task = (struct task_state){
        .cr3 = page_tables,
        .eip = (uintptr_t)fault_task_start,
        .eflags = EFLAGS_ALWAYS_ONE,
        .eax = vector,
        .esp = (uintptr_t)(&fault_stacks[stack - 1] + 1),
        .es = SELECTOR_DATA,
        .cs = SELECTOR_CODE,
        .ss = SELECTOR_DATA,
        .ds = SELECTOR_DATA,
        .io_map_base = TASK_STATE_BYTES,
    };
}

void segments_init(void)
{
    struct task_state *fault_tasks = segments.tasks; /* numbered from 1, as their stacks */
    segments.tasks[0].io_map_base = TASK_STATE_BYTES;
    set_fault_task(&fault_tasks[FAULT_STACK_DOUBLE_FAULT], FAULT_STACK_DOUBLE_FAULT,
                   VECTOR_DOUBLE_FAULT);
    set_fault_task(&fault_tasks[FAULT_STACK_NMI], FAULT_STACK_NMI, VECTOR_NMI);
    set_fault_task(&fault_tasks[FAULT_STACK_MACHINE_CHECK], FAULT_STACK_MACHINE_CHECK,
                   VECTOR_MACHINE_CHECK);
    segments.table[SELECTOR_CODE / 8] = 0x00cf9b000000ffff;
    segments.table[SELECTOR_DATA / 8] = 0x00cf93000000ffff;
    for (unsigned i = 0; i < TASK_COUNT; i++)
        segments.table[SELECTOR_TASK / 8 + i] = task_descriptor(&segments.tasks[i]);
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) pointer = {sizeof(segments.table) - 1, (uintptr_t)segments.table};
    gdt_load(&pointer, SELECTOR_TASK);
}

/* The task that the running one has interrupted. */
static const struct task_state *interrupted_task(void)
{
    uint16_t selector;
    __asm__("str %0" : "=r"(selector));
    const struct task_state *running = &segments.tasks[(selector - SELECTOR_TASK) / 8];
    return &segments.tasks[((running->previous & 0xffff) - SELECTOR_TASK) / 8];
}

/* Called by entry.S on a fault stack with interrupts off. Error codes of these three are zero. */
void fault_task_handle(uint32_t vector)
{
    const struct task_state *task = interrupted_task();
    struct trap_frame frame = {
        .edi = task->edi,
        .esi = task->esi,
        .ebp = task->ebp,
        .esp = task->esp,
        .ebx = task->ebx,
        .edx = task->edx,
        .ecx = task->ecx,
        .eax = task->eax,
        .vector = vector,
        .eip = task->eip,
        .cs = task->cs & 0xffff,
        .eflags = task->eflags,
    };
    exception_handle(&frame);
}
