/*
 * Numbers that assembler, linker script and C share: addresses and selectors of the i386 kernel.
 * docs/memory-map.md draws them. Only #define here: three languages read it.
 *
 * The kernel has the last of four GiB: that is one of the four page directories, and leaves programs
 * the three that those of i386 are used to. All of it is within reach of all of it.
 *
 *   c0000000  image, at 1 MiB      4 MiB      c0400000  boot window
 *   c1000000  extensions         256 MiB
 *   d1000000  kernel region      744 MiB
 *   ff800000  page tables          8 MiB      ffffc000  page directories
 */
#pragma once

#define KERNEL_BASE         0xc0000000 /* virtual address of physical address 0 */
#define KERNEL_LOAD_ADDRESS 0x100000   /* physical; above what firmware uses */
#define KERNEL_LIMIT        0x400000   /* physical; two page tables map the image */

/* A window on physical memory before there is an allocator: 65 pages of the third page table. */
#define BOOT_WINDOW_BASE 0xc0400000

#define EXTENSION_REGION_START 0xc1000000
#define EXTENSION_REGION_END   0xd1000000

/* Heap, stacks, mapped memory. */
#define KERNEL_REGION_START 0xd1000000
#define KERNEL_REGION_END   0xff800000

/*
 * The four page directories make one top table (arch/x86/paging.c); its last four entries map the
 * tables themselves.
 */
#define RECURSIVE_SLOT       2044
#define RECURSIVE_SLOT_COUNT 4

#define PAGING_LEVELS          2
#define PAGING_ADDRESS_BITS    32
#define PAGING_LEVELS_RELEASED 2 /* entries up to this level go when nothing is below them */

#define BOOT_STACK_SIZE 16384

#define SELECTOR_CODE       0x08
#define SELECTOR_DATA       0x10
#define SELECTOR_TASK       0x18
#define SELECTOR_FAULT_TASK 0x20 /* the first of one a fault stack */
