/* The kernel heap behind kmalloc and kfree (<mortise/kernel.h>). */
#pragma once

#include <stddef.h>

struct heap_totals {
    size_t bytes;       /* sizes of all live allocations as they were asked for, rounded to 16 */
    size_t allocations; /* number of live allocations */
};
void heap_get_totals(struct heap_totals *totals);
