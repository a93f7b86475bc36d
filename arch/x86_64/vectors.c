/* The vector table: gates of 16 bytes, which can name a fault stack. */
#include "arch/x86/vectors.h"

#include "arch/x86/fault_stack.h"
#include "arch/x86_64/layout.h"

/* AMD64 manual volume 2, figure 4-24. */
struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t stack; /* fault stack, 0 for none */
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "fixed by the CPU");

static struct gate gates[VECTOR_COUNT];

static void gate_set(unsigned vector, uint8_t stack)
{
    const uint8_t present_interrupt_gate = 0x8e;
    uintptr_t address = (uintptr_t)interrupt_stubs[vector];
    gates[vector] = (struct gate){
        .offset_low = (uint16_t)address,
        .selector = SELECTOR_CODE,
        .stack = stack,
        .type = present_interrupt_gate,
        .offset_middle = (uint16_t)(address >> 16),
        .offset_high = (uint32_t)(address >> 32),
    };
}

void vectors_init(void)
{
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        gate_set(vector, 0);
    gate_set(VECTOR_DOUBLE_FAULT, FAULT_STACK_DOUBLE_FAULT);
    gate_set(VECTOR_NMI, FAULT_STACK_NMI);
    gate_set(VECTOR_MACHINE_CHECK, FAULT_STACK_MACHINE_CHECK);
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof(gates) - 1, (uintptr_t)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer));
}
