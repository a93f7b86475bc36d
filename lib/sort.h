/* Sorting arrays of pointers. Pure; any context; n log n comparisons at worst, no recursion. */
#pragma once

#include <stddef.h>

/* Less than zero, zero or more than zero as *a comes before, with or after *b. */
typedef int (*sort_compare)(const void *a, const void *b);

/* Sorts `items` ascending. Items that compare equal may change places. */
void sort_pointers(const void **items, size_t count, sort_compare compare);
