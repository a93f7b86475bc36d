/*
 * A set of physical memory kept as sorted ranges that neither overlap nor touch. Pure.
 *
 * Boot loaders' memory maps come in any order, overlap, and contradict themselves. Whoever reads
 * one adds all usable ranges first, then subtracts all others (what is not usable wins), then
 * aligns once at the end, so that neighbours with odd borders lose nothing between them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "boot/boot_info.h"

/* First address that no x86 processor has: physical addresses have at most 52 bits. */
#define MEMORY_RANGES_END (1ull << 52)

struct memory_ranges {
    struct boot_range range[BOOT_RANGES_MAX + 1]; /* the last one is only used inside a call */
    size_t count;                                 /* at most BOOT_RANGES_MAX between calls */
    size_t left_out; /* ranges not believed, or dropped for want of room */
};

/*
 * Adds `size_bytes` from `start` on, clipped to MEMORY_RANGES_END. A range that wraps around 2^64 or
 * lies above that border is left out and counted. When there is no room, the smallest range of the
 * set is dropped and counted.
 */
void memory_ranges_add(struct memory_ranges *ranges, uint64_t start, uint64_t size_bytes);

/* Takes a range away; one that wraps around 2^64 goes to the end of memory. */
void memory_ranges_subtract(struct memory_ranges *ranges, uint64_t start, uint64_t size_bytes);

/* Shrinks every range to whole pages and drops those that become empty. */
void memory_ranges_align(struct memory_ranges *ranges);
