/* Stacks that some exceptions switch to; private to arch/. */
#pragma once

#include <stdint.h>

/* Numbers of the stacks in the task state, from 1; 0 in a vector means "stay on this stack". */
enum { FAULT_STACK_DOUBLE_FAULT = 1, FAULT_STACK_NMI, FAULT_STACK_MACHINE_CHECK };
#define FAULT_STACK_COUNT 3
#define FAULT_STACK_SIZE  12288

struct fault_stack {
    uint8_t guard[4096]; /* unmapped by paging_finish_boot */
    uint8_t bytes[FAULT_STACK_SIZE];
};
_Static_assert(sizeof(struct fault_stack) % 4096 == 0, "guards fill whole pages");

extern struct fault_stack fault_stacks[FAULT_STACK_COUNT];
