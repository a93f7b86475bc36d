/*
 * The heap: small objects in slabs of one page, larger ones in pages of their own.
 *
 *   slab    | header | sizes, one byte an object, 0 when it is free | object | object | ...
 *   large   | header | object ...
 *
 * Whose memory an object is, is found at the start of its page: the header's first word, the magic
 * number mixed with the page's own address, tells slabs, large objects and foreign memory apart.
 *
 * Invariants:
 *   1. Slabs with room are on the list of their class, full ones on none. Of empty ones each class
 *      keeps one at most, the last on its list, so that whoever takes and gives back a single object
 *      again and again does not map and unmap a page each time. heap_trim gives them back.
 *   2. A free object of a slab starts with the number of the next free one; those from `fresh` on
 *      were never given out and are on no chain yet.
 *   3. The state changes with interrupts off, which on one CPU is the lock. Memory is fetched and
 *      given back outside it.
 */
#include "kernel/mm/heap.h"

#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "arch/paging.h"
#include "kernel/irq/irq.h"
#include "kernel/log/panic.h"
#include "kernel/mm/memory.h"
#include "kernel/selftest/selftest.h"
#include "kernel/task/task.h"
#include "lib/assert.h"
#include "lib/checked.h"
#include "lib/list.h"
#include "lib/string.h"

#define UNIT          16u /* sizes are counted in it, and everything is aligned to it */
#define SMALL_MAX     2016u
#define SIZE_MAX_HEAP ((size_t)1 << 30)

#define SLAB_MAGIC  0x51ab51ab6b6d616cull
#define LARGE_MAGIC 0x1a46e0b76b6d616cull

#define NO_OBJECT 0xffffu

struct slab {
    uint64_t magic;
    struct list link; /* among the slabs of its class that have room */
    uint16_t class;
    uint16_t object_count;
    uint16_t live_count;
    uint16_t first_free; /* number of an object, or NO_OBJECT */
    uint16_t fresh;      /* number of the first object never given out */
    uint8_t units[];     /* by object: its size as asked for, in UNITs */
};

struct large {
    uint64_t magic;
    size_t size_bytes; /* as asked for, rounded up to UNIT */
} __attribute__((aligned(UNIT)));
_Static_assert(sizeof(struct large) % UNIT == 0, "the object behind it is aligned");
_Static_assert(SMALL_MAX / UNIT <= UINT8_MAX, "see slab.units");

/* Chosen so that whole numbers of them fill a page well. */
static const uint16_t class_sizes[] = {16,  32,  48,  64,  80,  96,  128,  160,  208,
                                       256, 336, 448, 576, 672, 800, 1008, 1344, SMALL_MAX};
#define CLASS_COUNT ARRAY_COUNT(class_sizes)

static struct {
    bool is_ready;
    struct list slabs[CLASS_COUNT]; /* with room */
    uint8_t class_of_units[SMALL_MAX / UNIT + 1];
    uint8_t objects_in_slab[CLASS_COUNT];
    struct heap_totals totals;
} heap;

/* --- classes --- */

static unsigned objects_in_slab(unsigned class)
{
    /* Each object takes its size and one byte of `units`; rounding may cost one. */
    unsigned count = (PAGE_SIZE - sizeof(struct slab)) / (class_sizes[class] + 1u);
    while (ALIGN_UP(sizeof(struct slab) + count, UNIT) + count * class_sizes[class] > PAGE_SIZE)
        count--;
    return count;
}

static void heap_prepare(void)
{
    unsigned class = 0;
    for (unsigned units = 1; units <= SMALL_MAX / UNIT; units++) {
        if (units * UNIT > class_sizes[class])
            class ++;
        heap.class_of_units[units] = (uint8_t) class;
    }
    for (unsigned i = 0; i < CLASS_COUNT; i++) {
        list_init(&heap.slabs[i]);
        heap.objects_in_slab[i] = (uint8_t)objects_in_slab(i);
    }
    heap.is_ready = true;
}

static uintptr_t objects_start(const struct slab *slab)
{
    return (uintptr_t)slab + PAGE_SIZE - slab->object_count * class_sizes[slab->class];
}

static void *object_at(const struct slab *slab, unsigned number)
{
    return (void *)(objects_start(slab) + number * class_sizes[slab->class]);
}

/* --- allocating --- */

static struct slab *slab_create(unsigned class)
{
    struct slab *slab = (struct slab *)memory_allocate_unfilled(MEMORY_KERNEL, 1);
    if (slab == NULL)
        return NULL;
    unsigned count = heap.objects_in_slab[class];
    *slab = (struct slab){
        .magic = SLAB_MAGIC ^ (uintptr_t)slab,
        .class = (uint16_t) class,
        .object_count = (uint16_t)count,
        .first_free = NO_OBJECT,
    };
    memset(slab->units, 0, count);
    return slab;
}

static bool slab_is_full(const struct slab *slab)
{
    return slab->live_count == slab->object_count;
}

/* The number of a free object, taken off the chain. */
static unsigned take_number(struct slab *slab)
{
    unsigned number = slab->first_free;
    if (number == NO_OBJECT)
        return slab->fresh++;
    slab->first_free = *(uint16_t *)object_at(slab, number);
    return number;
}

/* Interrupts are off; the slab has room. */
static void *slab_take(struct slab *slab, unsigned units)
{
    unsigned number = take_number(slab);
    ASSERT(number < slab->object_count && slab->units[number] == 0);
    slab->units[number] = (uint8_t)units;
    slab->live_count++;
    if (slab_is_full(slab))
        list_remove(&slab->link);
    heap.totals.bytes += units * UNIT;
    heap.totals.allocations++;
    return object_at(slab, number);
}

static void *allocate_small(unsigned units)
{
    struct slab *fresh = NULL;
    bool were_on = interrupts_save();
    if (!heap.is_ready)
        heap_prepare();
    unsigned class = heap.class_of_units[units];
    if (list_is_empty(&heap.slabs[class])) {
        interrupts_restore(were_on);
        fresh = slab_create(class);
        if (fresh == NULL)
            return NULL;
        were_on = interrupts_save();
        list_add_first(&heap.slabs[class], &fresh->link);
    }
    void *object = slab_take(LIST_ENTRY(heap.slabs[class].next, struct slab, link), units);
    interrupts_restore(were_on);
    return object;
}

static void *allocate_large(size_t size_bytes)
{
    size_t page_count = ALIGN_UP(sizeof(struct large) + size_bytes, PAGE_SIZE) / PAGE_SIZE;
    struct large *large = (struct large *)memory_allocate_unfilled(MEMORY_KERNEL, page_count);
    if (large == NULL)
        return NULL;
    large->magic = LARGE_MAGIC ^ (uintptr_t)large;
    large->size_bytes = size_bytes;
    bool were_on = interrupts_save();
    heap.totals.bytes += size_bytes;
    heap.totals.allocations++;
    interrupts_restore(were_on);
    return large + 1;
}

static void *allocate(size_t rounded)
{
    return rounded <= SMALL_MAX ? allocate_small((unsigned)(rounded / UNIT))
                                : allocate_large(rounded);
}

void *kmalloc(size_t size_bytes)
{
    ASSERT(!irq_is_active());
    if (size_bytes == 0 || size_bytes > SIZE_MAX_HEAP)
        return NULL;
    size_t rounded = ALIGN_UP(size_bytes, UNIT);
    void *object = allocate(rounded);
    if (UNLIKELY(object == NULL)) {
        heap_trim();
        object = allocate(rounded);
    }
    return object;
}

/* --- freeing --- */

NO_RETURN static void not_of_heap(const void *memory)
{
    panic("kfree: %p was not returned by kmalloc or has been given back", memory);
}

/* The number of the object at `address`; panics when none that is live starts there. */
static unsigned live_object(const struct slab *slab, uintptr_t address)
{
    uintptr_t start = objects_start(slab);
    unsigned size_bytes = class_sizes[slab->class];
    if (address < start || (address - start) % size_bytes != 0)
        not_of_heap((void *)address);
    unsigned number = (unsigned)((address - start) / size_bytes);
    if (slab->units[number] == 0)
        panic("kfree: %p has been given back already", (void *)address);
    return number;
}

/*
 * A slab that has become empty goes to the end of its list, unless one waits there already: then it is
 * returned, to be given back. Slabs with objects in them are filled first.
 */
static struct slab *retire(struct slab *slab)
{
    struct list *slabs = &heap.slabs[slab->class];
    list_remove(&slab->link);
    bool has_spare =
        !list_is_empty(slabs) && LIST_ENTRY(slabs->previous, struct slab, link)->live_count == 0;
    if (has_spare)
        return slab;
    list_add_last(slabs, &slab->link);
    return NULL;
}

static void free_small(struct slab *slab, uintptr_t address)
{
    bool were_on = interrupts_save();
    unsigned number = live_object(slab, address);
    heap.totals.bytes -= slab->units[number] * UNIT;
    heap.totals.allocations--;
    if (slab_is_full(slab))
        list_add_first(&heap.slabs[slab->class], &slab->link);
    *(uint16_t *)address = slab->first_free;
    slab->first_free = (uint16_t)number;
    slab->units[number] = 0;
    slab->live_count--;
    struct slab *surplus = slab->live_count == 0 ? retire(slab) : NULL;
    interrupts_restore(were_on);
    if (surplus != NULL)
        memory_free((uintptr_t)surplus);
}

/* The class's empty slab, taken off its list; NULL when it has none. */
static struct slab *take_spare(unsigned class)
{
    struct list *slabs = &heap.slabs[class];
    bool were_on = interrupts_save();
    struct slab *last =
        list_is_empty(slabs) ? NULL : LIST_ENTRY(slabs->previous, struct slab, link);
    if (last != NULL && last->live_count != 0)
        last = NULL;
    if (last != NULL)
        list_remove(&last->link);
    interrupts_restore(were_on);
    return last;
}

void heap_trim(void)
{
    for (unsigned class = 0; heap.is_ready && class < CLASS_COUNT; class ++) {
        struct slab *spare = take_spare(class);
        if (spare != NULL)
            memory_free((uintptr_t)spare);
    }
}

static void free_large(struct large *large, uintptr_t address)
{
    if (address != (uintptr_t)(large + 1))
        not_of_heap((void *)address);
    bool were_on = interrupts_save();
    heap.totals.bytes -= large->size_bytes;
    heap.totals.allocations--;
    interrupts_restore(were_on);
    large->magic = 0;
    memory_free((uintptr_t)large);
}

void kfree(void *memory)
{
    ASSERT(!irq_is_active());
    if (memory == NULL)
        return;
    uintptr_t page = ALIGN_DOWN((uintptr_t)memory, (uintptr_t)PAGE_SIZE);
    physical_address frame;
    if (!paging_lookup(page, &frame))
        not_of_heap(memory);
    uint64_t magic = *(const uint64_t *)page ^ page;
    if (magic == SLAB_MAGIC)
        free_small((struct slab *)page, (uintptr_t)memory);
    else if (magic == LARGE_MAGIC)
        free_large((struct large *)page, (uintptr_t)memory);
    else
        not_of_heap(memory);
}

void heap_get_totals(struct heap_totals *totals)
{
    bool were_on = interrupts_save();
    *totals = heap.totals;
    interrupts_restore(were_on);
}

/* --- self-tests --- */

static uint8_t pattern(size_t size_bytes, size_t offset)
{
    return (uint8_t)(size_bytes * 7 + offset * 13 + offset / 256);
}

static void fill(uint8_t *bytes, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        bytes[i] = pattern(size_bytes, i);
}

static bool is_filled(const uint8_t *bytes, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] != pattern(size_bytes, i))
            return false;
    }
    return true;
}

SELFTEST(heap, objects_of_all_sizes_keep_their_contents)
{
    enum { COUNT = 300 };
    static uint8_t *objects[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        objects[i] = kmalloc(i * 17 + 1);
        CHECK(objects[i] != NULL && (uintptr_t)objects[i] % UNIT == 0);
        fill(objects[i], i * 17 + 1);
    }
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(is_filled(objects[i], i * 17 + 1));
        kfree(objects[i]);
    }
    for (size_t size_bytes = 1024; size_bytes <= (1 << 20); size_bytes *= 2) {
        uint8_t *object = kmalloc(size_bytes);
        CHECK(object != NULL);
        fill(object, size_bytes);
        CHECK(is_filled(object, size_bytes));
        kfree(object);
    }
}

#define TEST_OBJECTS 1000

/* Objects of every class and larger ones, given back in another order. True when all were counted. */
static bool take_and_give_back(void)
{
    static void *objects[TEST_OBJECTS];
    struct heap_totals before, after;
    heap_get_totals(&before);
    for (unsigned i = 0; i < TEST_OBJECTS; i++)
        objects[i] = kmalloc(1 + i * 31 % 3000);
    heap_get_totals(&after);
    for (unsigned i = 0; i < TEST_OBJECTS; i++)
        kfree(objects[i * 7 % TEST_OBJECTS]);
    return after.allocations == before.allocations + TEST_OBJECTS;
}

SELFTEST(heap, totals_and_memory_return_after_the_same_frees)
{
    struct heap_totals before, after;
    struct memory_totals memory_before, memory_after;
    heap_trim();
    heap_get_totals(&before);
    memory_get_totals(&memory_before);
    CHECK(take_and_give_back());
    heap_trim();
    heap_get_totals(&after);
    memory_get_totals(&memory_after);
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
    CHECK(memcmp(&memory_before, &memory_after, sizeof(memory_before)) == 0);
}

SELFTEST(heap, one_object_again_and_again_costs_no_page)
{
    struct memory_totals before, after;
    kfree(kmalloc(2000));
    memory_get_totals(&before);
    void *object = kmalloc(2000);
    memory_get_totals(&after);
    kfree(object);
    CHECK(before.kernel_pages == after.kernel_pages);
}

SELFTEST(heap, totals_count_what_was_asked_for)
{
    struct heap_totals before, after;
    heap_get_totals(&before);
    void *small = kmalloc(1000); /* of a class that is larger */
    void *large = kmalloc(5000);
    heap_get_totals(&after);
    CHECK(after.bytes - before.bytes == ALIGN_UP(1000u, UNIT) + ALIGN_UP(5000u, UNIT));
    kfree(small);
    kfree(large);
}

SELFTEST(heap, sizes_that_it_does_not_serve_give_null)
{
    CHECK(kmalloc(0) == NULL);
    CHECK(kmalloc(SIZE_MAX_HEAP + 1) == NULL);
    CHECK(kmalloc(SIZE_MAX) == NULL);
    kfree(NULL);
}

#define TEST_THREADS 3
#define TEST_ROUNDS  2000
#define TEST_LIVE    16

static struct {
    unsigned ended;
    unsigned wrong;
} test;

/* Keeps a changing set of objects and looks whether anybody else writes into them. */
static void allocate_and_free(void *argument)
{
    uint8_t *objects[TEST_LIVE] = {NULL};
    size_t sizes[TEST_LIVE];
    uint32_t random = (uint32_t)(uintptr_t)argument;
    for (unsigned i = 0; i < TEST_ROUNDS + TEST_LIVE; i++) {
        unsigned slot = i % TEST_LIVE;
        if (objects[slot] != NULL && !is_filled(objects[slot], sizes[slot]))
            __atomic_add_fetch(&test.wrong, 1, __ATOMIC_SEQ_CST);
        kfree(objects[slot]);
        random = random * 1664525 + 1013904223;
        sizes[slot] = 1 + (random >> 16) % ((random & 0x8000) != 0 ? 9000 : 300);
        objects[slot] = i < TEST_ROUNDS ? kmalloc(sizes[slot]) : NULL;
        if (objects[slot] != NULL)
            fill(objects[slot], sizes[slot]);
    }
    __atomic_add_fetch(&test.ended, 1, __ATOMIC_SEQ_CST);
}

SELFTEST(heap, threads_do_not_disturb_each_other)
{
    struct heap_totals before, after;
    struct memory_totals memory_before, memory_after;
    heap_trim();
    heap_get_totals(&before);
    memory_get_totals(&memory_before);
    test.ended = test.wrong = 0;
    for (uintptr_t i = 0; i < TEST_THREADS; i++)
        CHECK(thread_create("heap test", allocate_and_free, (void *)(i + 1)));
    while (__atomic_load_n(&test.ended, __ATOMIC_SEQ_CST) < TEST_THREADS)
        thread_yield();
    thread_yield(); /* the last one is gone now */
    heap_trim();
    heap_get_totals(&after);
    memory_get_totals(&memory_after);
    CHECK(test.wrong == 0);
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
    CHECK(memcmp(&memory_before, &memory_after, sizeof(memory_before)) == 0);
}
