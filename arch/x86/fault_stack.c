/* The fault stacks; the guard pages come first (paging_finish_boot unmaps them). */
#include "arch/x86/fault_stack.h"

__attribute__((section(".bss.pages"),
               aligned(4096))) struct fault_stack fault_stacks[FAULT_STACK_COUNT];
