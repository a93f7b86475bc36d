/*
 * Page tables of the kernel's half of the address space.
 *
 * The machine has no map of all memory: a frame is visible only where it has been mapped on purpose,
 * so text has no writable alias. Page tables are reached through a slot that maps them onto
 * themselves.
 *
 * The caller serialises (kernel/mm holds its lock). None of the functions sleeps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/protection.h"

typedef uint64_t physical_address;

enum page_cache { PAGE_CACHE_NORMAL, PAGE_CACHE_WRITE_COMBINING, PAGE_CACHE_NONE };

/* The regions of kernel addresses that kernel/mm hands out; see docs/memory-map.md. */
struct address_range {
    uintptr_t start;
    uintptr_t end; /* first byte after it */
};
/* Within +-2 GiB of the kernel's text: for extensions. */
struct address_range paging_extension_region(void);
/* For heap, stacks and mapped devices. */
struct address_range paging_kernel_region(void);

/*
 * Maps one page. Makes missing page tables with frames from paging_frame_allocate. False when there
 * is no frame for one; then nothing has changed. `address` and `frame` are multiples of PAGE_SIZE;
 * the page was not mapped.
 */
MUST_CHECK bool paging_map(uintptr_t address, physical_address frame, enum protection protection,
                           enum page_cache cache);

/* Takes the page at `address`, which is mapped, away and returns the frame that was there. */
physical_address paging_unmap(uintptr_t address);

/* Gives page tables that map nothing any more between `start` and `end` back to the frame allocator. */
void paging_release_tables(uintptr_t start, uintptr_t end);

/* Changes what may be done with the page at `address`, which is mapped. */
void paging_protect(uintptr_t address, enum protection protection);

/* True when `address` is mapped; *frame is then its frame. Any context. */
MUST_CHECK bool paging_lookup(uintptr_t address, physical_address *frame);

/* One mapped stretch as the walk meets it. */
struct page_visit {
    uintptr_t address;
    physical_address frame;
    uint64_t size_bytes; /* of the page: 4 KiB, or a large page */
    bool is_writable;
    bool is_executable;
    bool is_user;
};
/*
 * Calls `visit` for every mapped page in the order of addresses, leaving out the page tables' own
 * window. The walk reads the tables as the CPU does, with the permissions of all levels combined.
 */
void paging_walk(void (*visit)(const struct page_visit *page, void *context), void *context);

/*
 * Takes away what only the first instructions needed: the identity map, and the pages that guard the
 * boot stack and the fault stacks. Once, early.
 */
void paging_finish_boot(void);

/*
 * A window of `size_bytes` (at most PAGING_BOOT_WINDOW) on physical memory before there are page
 * tables to allocate, read-only; each call replaces the one before. NULL when it is too large.
 */
#define PAGING_BOOT_WINDOW (256 * 1024)
const void *paging_boot_window(physical_address address, size_t size_bytes);

/* Defined above, in kernel/mm/: a frame for a page table, contents undefined. False when none. */
MUST_CHECK bool paging_frame_allocate(physical_address *frame);
void paging_frame_free(physical_address frame);
