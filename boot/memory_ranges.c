/*
 * A set of ranges: see memory_ranges.h.
 *
 * Adding and subtracting are the same operation: the run of ranges that the new one meets is
 * replaced by what is left of it, which is one merged range or up to two rests. Either makes the
 * set longer by one at most, which is the spare element.
 */
#include "boot/memory_ranges.h"

#include "arch/cpu.h"
#include "lib/checked.h"
#include "lib/string.h"

static uint64_t smaller_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t larger_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Puts `count` ranges in the place of those from `first` up to but not including `last`. */
static void splice(struct memory_ranges *ranges, size_t first, size_t last,
                   const struct boot_range *with, size_t count)
{
    size_t rest = ranges->count - last;
    memmove(&ranges->range[first + count], &ranges->range[last], rest * sizeof(ranges->range[0]));
    for (size_t i = 0; i < count; i++)
        ranges->range[first + i] = with[i];
    ranges->count = first + count + rest;
}

static void drop_smallest(struct memory_ranges *ranges)
{
    size_t smallest = 0;
    for (size_t i = 1; i < ranges->count; i++) {
        const struct boot_range *range = &ranges->range[i];
        const struct boot_range *best = &ranges->range[smallest];
        if (range->end - range->start < best->end - best->start)
            smallest = i;
    }
    splice(ranges, smallest, smallest + 1, NULL, 0);
    ranges->left_out++;
}

void memory_ranges_add(struct memory_ranges *ranges, uint64_t start, uint64_t size_bytes)
{
    uint64_t end;
    if (size_bytes == 0)
        return;
    if (!checked_add(start, size_bytes, &end) || start >= MEMORY_RANGES_END) {
        ranges->left_out++;
        return;
    }
    struct boot_range merged = {.start = start, .end = smaller_of(end, MEMORY_RANGES_END)};

    /* Ranges that only touch the new one are merged too, hence the "or equal". */
    size_t first = 0;
    while (first < ranges->count && ranges->range[first].end < merged.start)
        first++;
    size_t last = first;
    while (last < ranges->count && ranges->range[last].start <= merged.end) {
        merged.start = smaller_of(merged.start, ranges->range[last].start);
        merged.end = larger_of(merged.end, ranges->range[last].end);
        last++;
    }
    splice(ranges, first, last, &merged, 1);
    if (ranges->count > BOOT_RANGES_MAX)
        drop_smallest(ranges);
}

void memory_ranges_subtract(struct memory_ranges *ranges, uint64_t start, uint64_t size_bytes)
{
    uint64_t end;
    if (size_bytes == 0)
        return;
    if (!checked_add(start, size_bytes, &end))
        end = UINT64_MAX;

    size_t first = 0;
    while (first < ranges->count && ranges->range[first].end <= start)
        first++;
    size_t last = first;
    struct boot_range rests[2];
    size_t rest_count = 0;
    for (; last < ranges->count && ranges->range[last].start < end; last++) {
        const struct boot_range *range = &ranges->range[last];
        if (range->start < start)
            rests[rest_count++] = (struct boot_range){.start = range->start, .end = start};
        if (range->end > end)
            rests[rest_count++] = (struct boot_range){.start = end, .end = range->end};
    }
    splice(ranges, first, last, rests, rest_count);
    if (ranges->count > BOOT_RANGES_MAX)
        drop_smallest(ranges);
}

void memory_ranges_align(struct memory_ranges *ranges)
{
    size_t kept = 0;
    for (size_t i = 0; i < ranges->count; i++) {
        /* Cannot overflow: both are at most MEMORY_RANGES_END. */
        uint64_t start = ALIGN_UP(ranges->range[i].start, (uint64_t)PAGE_SIZE);
        uint64_t end = ALIGN_DOWN(ranges->range[i].end, (uint64_t)PAGE_SIZE);
        if (start < end)
            ranges->range[kept++] = (struct boot_range){.start = start, .end = end};
    }
    ranges->count = kept;
}
