/*
 * The vector table: gates of 8 bytes. Three of them are task gates, since only another task brings
 * another stack when the kernel interrupts itself (segments.c).
 */
#include "arch/x86/vectors.h"

#include "arch/i386/layout.h"
#include "arch/x86/fault_stack.h"

#define PRESENT_TASK_GATE      0x85
#define PRESENT_INTERRUPT_GATE 0x8e

/* Intel manual volume 3, figure 6-2. */
struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t reserved;
    uint8_t type;
    uint16_t offset_high;
};
_Static_assert(sizeof(struct gate) == 8, "fixed by the CPU");

static struct gate gates[VECTOR_COUNT];

static void gate_set(unsigned vector)
{
    uintptr_t address = (uintptr_t)interrupt_stubs[vector];
    gates[vector] = (struct gate){
        .offset_low = (uint16_t)address,
        .selector = SELECTOR_CODE,
        .type = PRESENT_INTERRUPT_GATE,
        .offset_high = (uint16_t)(address >> 16),
    };
}

static void gate_set_task(unsigned vector, unsigned stack)
{
    gates[vector] = (struct gate){
        .selector = (uint16_t)(SELECTOR_FAULT_TASK + 8 * (stack - 1)),
        .type = PRESENT_TASK_GATE,
    };
}

void vectors_init(void)
{
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        gate_set(vector);
    gate_set_task(VECTOR_DOUBLE_FAULT, FAULT_STACK_DOUBLE_FAULT);
    gate_set_task(VECTOR_NMI, FAULT_STACK_NMI);
    gate_set_task(VECTOR_MACHINE_CHECK, FAULT_STACK_MACHINE_CHECK);
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) pointer = {sizeof(gates) - 1, (uintptr_t)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer));
}
