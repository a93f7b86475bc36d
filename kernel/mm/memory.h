/*
 * Kernel memory: ranges of pages in two regions of the address space, and mapped devices.
 * One lock inside (interrupts off, short); nothing here sleeps. See docs/memory-map.md.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "arch/paging.h"
#include "boot/boot_info.h"
#include "lib/compiler.h"
#include "lib/protection.h"

enum memory_region { MEMORY_KERNEL, MEMORY_EXTENSION };

/* Takes over physical memory and both regions. Once. Panics when there is too little. */
void memory_init(const struct boot_info *info);

/*
 * `page_count` (at least 1) pages with frames of their own, read-write, contents zero, an unmapped
 * guard page on either side. 0 when there is no memory or no room; then nothing has changed.
 */
uintptr_t memory_allocate(enum memory_region region, size_t page_count);
/* The same with contents undefined, for a caller who fills the pages. */
uintptr_t memory_allocate_unfilled(enum memory_region region, size_t page_count);
/* That at a multiple of `alignment_bytes`, a power of two and at least PAGE_SIZE. */
uintptr_t memory_allocate_aligned(enum memory_region region, size_t page_count,
                                  size_t alignment_bytes);
/* Gives back what any of them returned. */
void memory_free(uintptr_t address);
/* Number of pages of the range that memory_allocate returned at `address`. */
size_t memory_page_count(uintptr_t address);
/* Changes pages inside a range that memory_allocate returned. */
void memory_protect(uintptr_t address, size_t page_count, enum protection protection);

/*
 * Makes `size_bytes` of physical memory at `address` (any alignment) visible, for ever. NULL when
 * there is no room. Never executable.
 */
void *memory_map_physical(physical_address address, uint64_t size_bytes, enum protection protection,
                          enum page_cache cache);

struct memory_totals {
    size_t frames; /* usable frames of the machine */
    size_t frames_free;
    size_t kernel_pages; /* mapped by memory_allocate in each region */
    size_t extension_pages;
};
void memory_get_totals(struct memory_totals *totals);
