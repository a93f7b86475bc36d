/* Heap sort: no memory, no worst case worse than n log n. */
#include "lib/sort.h"

static void swap(const void **a, const void **b)
{
    const void *kept = *a;
    *a = *b;
    *b = kept;
}

/* Lets the item at `root` sink until neither child of it is larger. */
static void sink(const void **items, size_t root, size_t count, sort_compare compare)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && compare(items[child], items[child + 1]) < 0)
            child++;
        if (compare(items[root], items[child]) >= 0)
            return;
        swap(&items[root], &items[child]);
        root = child;
    }
}

void sort_pointers(const void **items, size_t count, sort_compare compare)
{
    for (size_t i = count / 2; i > 0; i--)
        sink(items, i - 1, count, compare);
    for (size_t end = count; end > 1; end--) {
        swap(&items[0], &items[end - 1]);
        sink(items, 0, end - 1, compare);
    }
}
