/* The kernel heap behind kmalloc and kfree (<mortise/kernel.h>). */
#pragma once

#include <stddef.h>

struct heap_totals {
    size_t bytes;       /* sizes of all live allocations as they were asked for, rounded to 16 */
    size_t allocations; /* number of live allocations */
};
void heap_get_totals(struct heap_totals *totals);

/*
 * Gives back the pages that the heap keeps although nothing is in them. Afterwards the memory behind
 * equal sets of objects is equal. The heap does it itself when memory is out.
 */
void heap_trim(void);
