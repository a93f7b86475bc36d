/*
 * Segments and the task state. Three exceptions get stacks of their own, because the stack they
 * interrupt may be the trouble: double fault (a kernel stack that ran into its guard page), NMI and
 * machine check. Each fault stack has an unmapped page below it (paging_finish_boot).
 */
#include <stddef.h>
#include <stdint.h>

#include "arch/x86/segments.h"
#include "arch/x86/fault_stack.h"
#include "arch/x86_64/layout.h"

/* AMD64 manual volume 2, figure 12-8. */
struct task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map_base;
} __attribute__((packed));
_Static_assert(sizeof(struct task_state) == 104, "fixed by the CPU");

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static struct {
    struct task_state task;
    uint64_t table[7]; /* null, code, data, two unused, task state (two entries) */
} segments;

void gdt_load(const void *pointer, unsigned tss_selector);

static void set_task_descriptor(uint64_t *entry, uintptr_t base, uint32_t limit)
{
    const uint64_t present_task = 0x89;
    entry[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | present_task << 40 |
               (uint64_t)(limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
    entry[1] = base >> 32;
}

void segments_init(void)
{
    for (unsigned i = 0; i < FAULT_STACK_COUNT; i++)
        segments.task.ist[i] = (uintptr_t)(&fault_stacks[i] + 1);
    segments.task.io_map_base = sizeof(segments.task);
    segments.table[SELECTOR_CODE / 8] = 0x00af9b000000ffff;
    segments.table[SELECTOR_DATA / 8] = 0x00cf93000000ffff;
    set_task_descriptor(&segments.table[SELECTOR_TSS / 8], (uintptr_t)&segments.task,
                        sizeof(segments.task) - 1);
    struct table_pointer pointer = {.limit = sizeof(segments.table) - 1,
                                    .base = (uintptr_t)segments.table};
    gdt_load(&pointer, SELECTOR_TSS);
}
