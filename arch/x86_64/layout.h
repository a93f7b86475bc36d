/*
 * Numbers that assembler, linker script and C share: addresses and selectors of the x86_64 kernel.
 * docs/memory-map.md draws them. Only #define here: three languages read it.
 */
#pragma once

#define KERNEL_BASE         0xffffffff80000000 /* virtual address of physical address 0 */
#define KERNEL_LOAD_ADDRESS 0x100000           /* physical; above what firmware uses */
#define KERNEL_LIMIT        0x400000           /* physical; two page tables map the image */

/* A window on physical memory before there is an allocator: 65 pages of the third page table. */
#define BOOT_WINDOW_BASE 0xffffffff80400000

/* Extensions: from 256 MiB above the kernel's base to the top, all within 2 GiB of its text. */
#define EXTENSION_REGION_START 0xffffffff90000000
#define EXTENSION_REGION_END   0xfffffffff0000000

/* Heap, stacks, mapped memory: 64 GiB in the middle of the upper half. */
#define KERNEL_REGION_START 0xffffa00000000000
#define KERNEL_REGION_END   0xffffa01000000000

/* Entry 510 of the top table maps the tables themselves. */
#define RECURSIVE_SLOT       510
#define RECURSIVE_SLOT_COUNT 1

#define PAGING_LEVELS          4
#define PAGING_ADDRESS_BITS    48
#define PAGING_LEVELS_RELEASED 3 /* entries up to this level go when nothing is below them */

#define BOOT_STACK_SIZE 16384

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x28
