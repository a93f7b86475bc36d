/*
 * What the first instructions of both machines share; see boot.S and refuse.S. Read by assembler files
 * only; layout.h of the machine comes first.
 */
#pragma once

#define PHYSICAL(symbol) (symbol - KERNEL_BASE)

/* The lower half of a page table's entry; and of the upper half bit 63. */
#define ENTRY_PRESENT  0x001
#define ENTRY_WRITABLE 0x002
#define ENTRY_NX_HIGH  0x80000000

#define CR0_PAGING        0x80000000
#define CR0_WRITE_PROTECT 0x00010000
#define CR0_NUMERIC_ERROR 0x00000020
#define CR4_PAE           0x00000020
#define CR4_GLOBAL_PAGES  0x00000080
#define MSR_EFER          0xc0000080
#define EFER_LONG_MODE    0x00000100
#define EFER_NX           0x00000800

/* Bits of EDX of CPUID 1 (ESI of boot_cpu_features) and of CPUID 0x80000001 (EDI). */
#define CPUID_PAE                6
#define CPUID_EXTENDED_NX        20
#define CPUID_EXTENDED_LONG_MODE 29
