/* The processor: interrupts on and off, protections, and what it is called. */
#include "arch/cpu.h"

#include <cpuid.h>

#include "arch/x86/segments.h"
#include "lib/format.h"

#define FLAGS_INTERRUPT 0x200

#define CR0_NO_COPROCESSOR (1ul << 2) /* "emulation": its instructions fault */

#define CR4_MCE  (1ul << 6)
#define CR4_UMIP (1ul << 11)
#define CR4_SMEP (1ul << 20)
#define CR4_SMAP (1ul << 21)

#define CPUID_FEATURES_EBX_SMEP (1u << 7)
#define CPUID_FEATURES_EBX_SMAP (1u << 20)
#define CPUID_FEATURES_ECX_UMIP (1u << 2)
#define CPUID_BASIC_EDX_MCE     (1u << 7)
#define CPUID_BASIC_EDX_PAT     (1u << 16)

#define MSR_PAT 0x277
/* Entry 1 (PWT) becomes write combining; the others stay as after reset. */
#define PAT_VALUE 0x0007040600070106ull

static char description[128];

static void write_msr(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static void describe(unsigned long protections)
{
    uint32_t brand[13] = {0};
    uint32_t highest = __get_cpuid_max(0x80000000, NULL);
    for (uint32_t i = 0; i < 3 && highest >= 0x80000004; i++)
        __cpuid(0x80000002 + i, brand[4 * i], brand[4 * i + 1], brand[4 * i + 2], brand[4 * i + 3]);
    format_text(description, sizeof(description), "%s: nx wp%s%s%s",
                brand[0] != 0 ? (const char *)brand : "x86 CPU",
                protections & CR4_SMEP ? " smep" : "", protections & CR4_SMAP ? " smap" : "",
                protections & CR4_UMIP ? " umip" : "");
}

/*
 * A switch between threads does not save these registers, so nobody may use them: without this, code
 * compiled with floating point would compute wrongly now and then instead of being named.
 */
static void forbid_floating_point(void)
{
    unsigned long cr0;
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | CR0_NO_COPROCESSOR));
}

void cpu_init(void)
{
    uint32_t eax, ebx = 0, ecx = 0, edx = 0;
    unsigned long protections = 0;
    segments_init();
    forbid_floating_point();
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (edx & CPUID_BASIC_EDX_PAT) != 0)
        write_msr(MSR_PAT, PAT_VALUE);
    /* Without it a machine check resets the machine instead of arriving at its fault stack. */
    protections |= edx & CPUID_BASIC_EDX_MCE ? CR4_MCE : 0;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) {
        protections |= ebx & CPUID_FEATURES_EBX_SMEP ? CR4_SMEP : 0;
        protections |= ebx & CPUID_FEATURES_EBX_SMAP ? CR4_SMAP : 0;
        protections |= ecx & CPUID_FEATURES_ECX_UMIP ? CR4_UMIP : 0;
    }
    unsigned long cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | protections));
    describe(protections);
}

const char *cpu_description(void)
{
    return description;
}

bool interrupts_are_on(void)
{
    unsigned long flags;
    __asm__ volatile("pushf; pop %0" : "=r"(flags) : : "memory");
    return (flags & FLAGS_INTERRUPT) != 0;
}

bool interrupts_save(void)
{
    bool were_on = interrupts_are_on();
    __asm__ volatile("cli" : : : "memory");
    return were_on;
}

void interrupts_restore(bool were_on)
{
    if (were_on)
        __asm__ volatile("sti" : : : "memory");
}

/* STI takes effect after the next instruction, so no interrupt slips in between the two. */
void cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

void cpu_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" : : : "memory");
}

void cpu_relax(void)
{
    __builtin_ia32_pause();
}

uint64_t cpu_cycle_count(void)
{
    return __builtin_ia32_rdtsc();
}
