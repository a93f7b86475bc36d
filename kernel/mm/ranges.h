/*
 * Hands out ranges of addresses inside a region, each with a page after it that stays unmapped; the
 * first page of the region is such a guard too, so every range has one on either side. Pure: maps
 * nothing, locks nothing; runs on the host too.
 *
 *   region   |guard| range A  |guard| free          | range B |guard| free            |
 *   extents        `-- used --------'`--- free -----'`-- used ------'`---- free ------'
 *
 * Extents cover a region without a gap. Their records are kept dense in one array shared by all
 * regions: the last one moves into a hole. The memory taken for records is therefore a function of
 * the number of extents alone, and freeing what was allocated leaves no trace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/table.h"

#define RANGE_CLASSES (8 * sizeof(long))

struct extent {
    uintptr_t start;
    size_t page_count; /* with the guard page when it is used */
    bool is_used;
    bool is_permanent;
    struct list by_address;     /* neighbours in the region */
    struct list by_size;        /* others of its class, while free */
    struct table_link by_start; /* while used */
};

/* The records of all regions, and where the memory for them comes from. */
struct extent_store {
    struct extent *extents; /* the array: addresses for `capacity` records, memory for `ready` */
    size_t capacity;
    size_t ready;
    size_t count;
    /* Sees to it that exactly the first `count` records, rounded up, have memory. Shrinking succeeds. */
    bool (*resize)(size_t count, size_t *ready);
    struct table used; /* by the address of their first page */
};

struct ranges {
    struct extent_store *store;
    uintptr_t start;
    uintptr_t end;
    struct list by_address;
    struct list classes[RANGE_CLASSES]; /* free extents of 2^n to 2^(n+1) - 1 pages */
    unsigned long class_bits;           /* bit n: class n has any */
};

/* `extents` is the array for `capacity` records; table memory as in lib/table.h. */
void extent_store_init(struct extent_store *store, struct extent *extents, size_t capacity,
                       bool (*resize)(size_t count, size_t *ready),
                       const struct table_memory *table_memory);

/* Manages start to end, multiples of PAGE_SIZE. False when there is no memory for the first record. */
MUST_CHECK bool ranges_init(struct ranges *ranges, struct extent_store *store, uintptr_t start,
                            uintptr_t end);

/* A range of `page_count` pages (at least 1), or 0 when there is no room or no memory. */
MUST_CHECK uintptr_t ranges_allocate(struct ranges *ranges, size_t page_count);
/*
 * The same at a multiple of `alignment_bytes`, a power of two and at least PAGE_SIZE. 0 also when room
 * is so scarce that only luck would find an aligned piece of it.
 */
MUST_CHECK uintptr_t ranges_allocate_aligned(struct ranges *ranges, size_t page_count,
                                             size_t alignment_bytes);
/* Gives back what either of them returned. */
void ranges_free(struct ranges *ranges, uintptr_t address);
/* From now on the range at `address` must not be given back. */
void ranges_keep(struct extent_store *store, uintptr_t address);
/* Pages of the range at `address`; 0 when none that may be given back starts there. */
size_t ranges_page_count(const struct extent_store *store, uintptr_t address);
