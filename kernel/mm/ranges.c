/*
 * Address ranges: free extents in lists by size class, all extents in the order of addresses.
 *
 * Invariants:
 *   1. The extents of a region cover it but for its first page; no two neighbours are both free.
 *   2. A free extent is on the list of its class, a used one in the store's table, never both.
 *   3. Records 0 .. count - 1 of the store are in use, the others are not. A pointer to a record is
 *      good until the next record is dropped.
 *
 * Nothing here depends on how much is allocated: a request looks at a few extents of its own class,
 * which may be too small, then takes the first one of the next class that has any. Only when that
 * finds none is its own class searched to the end.
 */
#include "kernel/mm/ranges.h"

#include "arch/cpu.h"
#include "lib/assert.h"
#include "lib/checked.h"

/* Extents of the request's own class that are tried before a larger one is cut. */
#define OWN_CLASS_TRIES 8

/* --- records --- */

static uint32_t address_hash(uintptr_t address)
{
    uint64_t page = address >> PAGE_SHIFT;
    return (uint32_t)((page * 0x9e3779b97f4a7c15ull) >> 32);
}

static struct extent *find_used(const struct extent_store *store, uintptr_t address)
{
    struct table_link *link = table_find(&store->used, address_hash(address));
    for (; link != NULL; link = table_find_older(link)) {
        struct extent *extent = CONTAINER_OF(link, struct extent, by_start);
        if (extent->start == address)
            return extent;
    }
    return NULL;
}

/* Makes sure that `more` records can be taken, at least 1, and one more extent be used. */
static bool store_prepare(struct extent_store *store, size_t more)
{
    if (store->count + more > store->capacity)
        return false;
    if (store->count + more > store->ready && !store->resize(store->count + more, &store->ready))
        return false;
    return table_reserve(&store->used, 1);
}

/* Gives back memory that the present records do not need. */
static void store_trim(struct extent_store *store)
{
    bool is_done = store->resize(store->count, &store->ready);
    ASSERT(is_done);
    table_trim(&store->used);
}

static struct extent *record_take(struct extent_store *store)
{
    ASSERT(store->count < store->ready);
    struct extent *extent = &store->extents[store->count++];
    *extent = (struct extent){.is_used = false};
    return extent;
}

/* Makes the neighbours of a link that was copied point to the copy. */
static void relink(struct list *copy)
{
    copy->next->previous = copy;
    copy->previous->next = copy;
}

static void record_move(struct extent_store *store, struct extent *from, struct extent *to)
{
    if (from->is_used)
        table_remove(&store->used, &from->by_start);
    *to = *from;
    relink(&to->by_address);
    if (to->by_size.next != NULL)
        relink(&to->by_size);
    if (to->is_used)
        table_add(&store->used, &to->by_start, address_hash(to->start));
}

/* Drops a record that is on no list any more. Returns where `other` is afterwards. */
static struct extent *record_drop(struct extent_store *store, struct extent *extent,
                                  struct extent *other)
{
    struct extent *last = &store->extents[--store->count];
    if (last == extent)
        return other;
    record_move(store, last, extent);
    return other == last ? extent : other;
}

/* --- free extents --- */

static unsigned class_of(size_t page_count)
{
    return (unsigned)(8 * sizeof(long)) - 1 - (unsigned)__builtin_clzl(page_count);
}

static void add_free(struct ranges *ranges, struct extent *extent)
{
    unsigned class = class_of(extent->page_count);
    extent->is_used = false;
    list_add_first(&ranges->classes[class], &extent->by_size);
    ranges->class_bits |= 1ul << class;
}

/* Before the extent's size changes. */
static void remove_free(struct ranges *ranges, struct extent *extent)
{
    unsigned class = class_of(extent->page_count);
    list_remove(&extent->by_size);
    if (list_is_empty(&ranges->classes[class]))
        ranges->class_bits &= ~(1ul << class);
}

static struct extent *search_class(struct ranges *ranges, unsigned class, size_t page_count,
                                   size_t tries)
{
    list_for_each (link, &ranges->classes[class]) {
        struct extent *extent = LIST_ENTRY(link, struct extent, by_size);
        if (extent->page_count >= page_count)
            return extent;
        if (--tries == 0)
            break;
    }
    return NULL;
}

static struct extent *find_free(struct ranges *ranges, size_t page_count)
{
    unsigned own = class_of(page_count);
    struct extent *extent = search_class(ranges, own, page_count, OWN_CLASS_TRIES);
    if (extent != NULL)
        return extent;
    unsigned long larger = ranges->class_bits & ~1ul << own;
    if (larger != 0)
        return search_class(ranges, (unsigned)__builtin_ctzl(larger), page_count, 1);
    return search_class(ranges, own, page_count, SIZE_MAX);
}

/* Leaves `page_count` pages in `extent` and makes a free extent of the rest. */
static void cut(struct ranges *ranges, struct extent *extent, size_t page_count)
{
    if (extent->page_count == page_count)
        return;
    struct extent *rest = record_take(ranges->store);
    rest->start = extent->start + page_count * PAGE_SIZE;
    rest->page_count = extent->page_count - page_count;
    extent->page_count = page_count;
    list_insert_between(&rest->by_address, &extent->by_address, extent->by_address.next);
    add_free(ranges, rest);
}

/* Makes a free extent of what is before the first aligned address; returns the rest. */
static struct extent *cut_front(struct ranges *ranges, struct extent *extent,
                                size_t alignment_bytes)
{
    size_t pages = (ALIGN_UP(extent->start, alignment_bytes) - extent->start) / PAGE_SIZE;
    if (pages == 0)
        return extent;
    struct extent *rest = record_take(ranges->store);
    rest->start = extent->start + pages * PAGE_SIZE;
    rest->page_count = extent->page_count - pages;
    extent->page_count = pages;
    list_insert_between(&rest->by_address, &extent->by_address, extent->by_address.next);
    add_free(ranges, extent);
    return rest;
}

/*
 * Joins `extent`, on no list of a class, with the free extent at `link` if there is one. Returns
 * where the record of the result is.
 */
static struct extent *join(struct ranges *ranges, struct extent *extent, struct list *link)
{
    if (link == &ranges->by_address)
        return extent;
    struct extent *other = LIST_ENTRY(link, struct extent, by_address);
    if (other->is_used)
        return extent;
    remove_free(ranges, other);
    if (other->start < extent->start)
        extent->start = other->start;
    extent->page_count += other->page_count;
    list_remove(&other->by_address);
    return record_drop(ranges->store, other, extent);
}

/* --- public --- */

void extent_store_init(struct extent_store *store, struct extent *extents, size_t capacity,
                       bool (*resize)(size_t count, size_t *ready),
                       const struct table_memory *table_memory)
{
    *store = (struct extent_store){.extents = extents, .capacity = capacity, .resize = resize};
    table_init(&store->used, table_memory);
}

bool ranges_init(struct ranges *ranges, struct extent_store *store, uintptr_t start, uintptr_t end)
{
    ASSERT(start % PAGE_SIZE == 0 && end % PAGE_SIZE == 0 && end - start > 2 * PAGE_SIZE);
    ranges->store = store;
    ranges->start = start;
    ranges->end = end;
    list_init(&ranges->by_address);
    ranges->class_bits = 0;
    for (unsigned i = 0; i < RANGE_CLASSES; i++)
        list_init(&ranges->classes[i]);
    if (!store_prepare(store, 1))
        return false;
    struct extent *all = record_take(store);
    all->start = start + PAGE_SIZE;
    all->page_count = (end - start) / PAGE_SIZE - 1;
    list_add_first(&ranges->by_address, &all->by_address);
    add_free(ranges, all);
    return true;
}

uintptr_t ranges_allocate(struct ranges *ranges, size_t page_count)
{
    return ranges_allocate_aligned(ranges, page_count, PAGE_SIZE);
}

uintptr_t ranges_allocate_aligned(struct ranges *ranges, size_t page_count, size_t alignment_bytes)
{
    struct extent_store *store = ranges->store;
    size_t total = (ranges->end - ranges->start) / PAGE_SIZE;
    size_t slack = alignment_bytes / PAGE_SIZE - 1; /* at most these are before an aligned page */
    ASSERT(page_count > 0 && is_power_of_two(alignment_bytes) && alignment_bytes >= PAGE_SIZE);
    if (page_count >= total || slack >= total - page_count)
        return 0;
    struct extent *extent = find_free(ranges, page_count + 1 + slack);
    if (extent == NULL || !store_prepare(store, slack == 0 ? 1 : 2)) {
        store_trim(store);
        return 0;
    }
    remove_free(ranges, extent);
    extent = cut_front(ranges, extent, alignment_bytes);
    cut(ranges, extent, page_count + 1);
    extent->is_used = true;
    table_add(&store->used, &extent->by_start, address_hash(extent->start));
    uintptr_t address = extent->start;
    store_trim(store); /* an exact fit needed no second record */
    return address;
}

void ranges_free(struct ranges *ranges, uintptr_t address)
{
    struct extent_store *store = ranges->store;
    struct extent *extent = find_used(store, address);
    ASSERT(extent != NULL && !extent->is_permanent);
    table_remove(&store->used, &extent->by_start);
    extent->is_used = false;
    extent = join(ranges, extent, extent->by_address.previous);
    extent = join(ranges, extent, extent->by_address.next);
    add_free(ranges, extent);
    store_trim(store);
}

void ranges_keep(struct extent_store *store, uintptr_t address)
{
    struct extent *extent = find_used(store, address);
    ASSERT(extent != NULL);
    extent->is_permanent = true;
}

size_t ranges_page_count(const struct extent_store *store, uintptr_t address)
{
    const struct extent *extent = find_used(store, address);
    return extent == NULL || extent->is_permanent ? 0 : extent->page_count - 1;
}
