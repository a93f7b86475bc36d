/*
 * The local APIC stands between the 8259s and the CPU. PC firmware leaves it in "virtual wire mode", in
 * which their line passes through; firmware made only for kernels that see to it themselves (qboot)
 * leaves it as after reset, and no interrupt arrives.
 *
 * Sources: MultiProcessor Specification 1.4, section 3.6.2.2; AMD64 manual volume 2, chapter 16.
 */
#include "arch/x86/local_apic.h"

#include <cpuid.h>
#include <stdbool.h>

#include "arch/paging.h"
#include "arch/x86/boot_window.h"

#define CPUID_BASIC_EDX_APIC (1u << 9)

#define MSR_APIC_BASE     0x1b
#define APIC_BASE_ENABLED (1u << 11)
#define APIC_BASE_X2      (1u << 10) /* no registers in memory, and firmware that knew what it did */
#define APIC_BASE_ADDRESS 0x000ffffffffff000ull

/* Registers, as indices of 32-bit words. */
enum { REGISTER_SPURIOUS = 0xf0 / 4, REGISTER_LINE_0 = 0x350 / 4, REGISTER_LINE_1 = 0x360 / 4 };

#define SPURIOUS_ENABLE 0x100
/* Old ones can only have a vector that ends in f; line 15 is asked whether it meant it. */
#define SPURIOUS_VECTOR 0x2f
#define LINE_MASKED     0x10000
#define LINE_EXTERNAL   0x700 /* the vector comes from the 8259s */
#define LINE_NMI        0x400

/* The registers' physical address; false when there are none in memory that work. */
static bool find_registers(physical_address *address)
{
    uint32_t eax, ebx, ecx, edx;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (edx & CPUID_BASIC_EDX_APIC) == 0)
        return false;
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_APIC_BASE));
    *address = ((uint64_t)high << 32 | low) & APIC_BASE_ADDRESS;
    return (low & (APIC_BASE_ENABLED | APIC_BASE_X2)) == APIC_BASE_ENABLED;
}

void local_apic_init(void)
{
    physical_address address;
    if (!find_registers(&address))
        return;
    volatile uint32_t *registers = boot_window_registers(address);
    if ((registers[REGISTER_LINE_0] & LINE_MASKED) != 0) {
        registers[REGISTER_SPURIOUS] = SPURIOUS_ENABLE | SPURIOUS_VECTOR;
        registers[REGISTER_LINE_0] = LINE_EXTERNAL;
        registers[REGISTER_LINE_1] = LINE_NMI;
    }
    boot_window_close();
}
