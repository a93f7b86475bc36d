/* The allocator of address ranges against a model: a plain array of who has which page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* It belongs to the kernel, which host programs do not link. */
#include "kernel/mm/ranges.c"

#define START          0x40000000ul
#define REGION_PAGES   4096u
#define RECORDS_MAX    4096u
#define RECORDS_A_UNIT 16u /* stands for the records of a page of memory */
#define ROUNDS         200000u
#define LIVE_MAX       600u

static struct extent records[RECORDS_MAX];
static struct extent_store store;
static struct ranges ranges;
static size_t ready_units;
static size_t units_max = SIZE_MAX;
static size_t table_bytes;

static bool resize(size_t count, size_t *ready)
{
    size_t units = (count + RECORDS_A_UNIT - 1) / RECORDS_A_UNIT;
    if (units > ready_units && units > units_max)
        return false;
    /* What is given back is spoilt, so that a use of it shows. */
    if (units < ready_units)
        memset(&records[units * RECORDS_A_UNIT], 0xaa,
               (ready_units - units) * RECORDS_A_UNIT * sizeof(records[0]));
    ready_units = units;
    *ready = units * RECORDS_A_UNIT;
    return true;
}

static void *table_take(size_t size_bytes)
{
    table_bytes += size_bytes;
    return malloc(size_bytes);
}

static void table_give(void *memory, size_t size_bytes)
{
    table_bytes -= size_bytes;
    free(memory);
}

static const struct table_memory table_memory = {.allocate = table_take, .release = table_give};

static int start(void **state)
{
    (void)state;
    ready_units = 0;
    units_max = SIZE_MAX;
    table_bytes = 0;
    extent_store_init(&store, records, RECORDS_MAX, resize, &table_memory);
    return ranges_init(&ranges, &store, START, START + REGION_PAGES * PAGE_SIZE) ? 0 : -1;
}

/* --- the model --- */

static unsigned char page_is_taken[REGION_PAGES];

struct live {
    uintptr_t address;
    size_t page_count;
};
static struct live live[LIVE_MAX];
static size_t live_count;

static void model_mark(uintptr_t address, size_t page_count, unsigned char value)
{
    size_t first = (address - START) / PAGE_SIZE;
    assert_true(address % PAGE_SIZE == 0 && first >= 1);
    assert_true(first + page_count < REGION_PAGES);
    for (size_t i = first; i < first + page_count; i++) {
        assert_int_not_equal(page_is_taken[i], value);
        page_is_taken[i] = value;
    }
    if (value == 1)
        assert_true(page_is_taken[first - 1] == 0 && page_is_taken[first + page_count] == 0);
}

static void model_allocate(size_t page_count, size_t alignment_bytes)
{
    uintptr_t address = ranges_allocate_aligned(&ranges, page_count, alignment_bytes);
    if (address == 0)
        return;
    assert_int_equal(address % alignment_bytes, 0);
    model_mark(address, page_count, 1);
    live[live_count++] = (struct live){.address = address, .page_count = page_count};
}

static void model_free(size_t index)
{
    assert_int_equal(ranges_page_count(&store, live[index].address), live[index].page_count);
    ranges_free(&ranges, live[index].address);
    model_mark(live[index].address, live[index].page_count, 0);
    live[index] = live[--live_count];
}

/* Extents cover the region, no two free ones meet, records are dense. */
static void expect_invariants(void)
{
    uintptr_t next = START + PAGE_SIZE;
    size_t count = 0;
    bool was_free = false;
    list_for_each (link, &ranges.by_address) {
        struct extent *extent = LIST_ENTRY(link, struct extent, by_address);
        assert_int_equal(extent->start, next);
        assert_false(was_free && !extent->is_used);
        assert_true((size_t)(extent - records) < store.count);
        was_free = !extent->is_used;
        next += extent->page_count * PAGE_SIZE;
        count++;
    }
    assert_int_equal(next, START + REGION_PAGES * PAGE_SIZE);
    assert_int_equal(count, store.count);
    assert_int_equal(store.used.count, live_count);
    assert_true(ready_units == (store.count + RECORDS_A_UNIT - 1) / RECORDS_A_UNIT);
}

/* --- tests --- */

static void test_a_long_mixture_agrees_with_the_model_and_leaves_no_trace(void **state)
{
    (void)state;
    srand(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (live_count < LIVE_MAX && (live_count == 0 || rand() % 100 < 55))
            model_allocate(rand() % 10 == 0 ? 1 + (size_t)rand() % 200 : 1 + (size_t)rand() % 8,
                           rand() % 5 == 0 ? PAGE_SIZE << rand() % 9 : PAGE_SIZE);
        else
            model_free((size_t)rand() % live_count);
        if (round % 1000 == 0)
            expect_invariants();
    }
    while (live_count > 0)
        model_free(live_count - 1);
    expect_invariants();
    assert_int_equal(store.count, 1);
    assert_int_equal(table_bytes, 0);
}

static void test_a_range_may_fill_the_region_but_for_its_guards(void **state)
{
    (void)state;
    assert_int_equal(ranges_allocate(&ranges, REGION_PAGES - 1), 0);
    uintptr_t address = ranges_allocate(&ranges, REGION_PAGES - 2);
    assert_int_equal(address, START + PAGE_SIZE);
    assert_int_equal(ranges_allocate(&ranges, 1), 0);
    ranges_free(&ranges, address);
    assert_int_equal(store.count, 1);
}

static void test_a_request_that_no_address_space_could_hold_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ranges_allocate(&ranges, SIZE_MAX), 0);
    assert_int_equal(ranges_allocate(&ranges, SIZE_MAX / PAGE_SIZE), 0);
}

static void test_without_memory_for_records_nothing_changes(void **state)
{
    (void)state;
    uintptr_t addresses[RECORDS_A_UNIT];
    size_t count = 0;
    units_max = 1;
    uintptr_t address;
    while ((address = ranges_allocate(&ranges, 3)) != 0)
        addresses[count++] = address;
    assert_int_equal(count, RECORDS_A_UNIT - 1);
    assert_int_equal(store.count, RECORDS_A_UNIT);
    assert_int_equal(ready_units, 1);
    while (count > 0)
        ranges_free(&ranges, addresses[--count]);
    assert_int_equal(store.count, 1);
}

/* It takes two records where another request takes one. */
static void test_without_memory_for_records_an_aligned_request_changes_nothing(void **state)
{
    (void)state;
    units_max = 1;
    for (size_t i = 0; i < RECORDS_A_UNIT - 2; i++)
        assert_int_not_equal(ranges_allocate(&ranges, 3), 0);
    assert_int_equal(ranges_allocate_aligned(&ranges, 3, 512 * PAGE_SIZE), 0);
    assert_int_equal(store.count, RECORDS_A_UNIT - 1);
    assert_int_not_equal(ranges_allocate(&ranges, 3), 0);
}

static void test_an_aligned_request_that_cannot_be_met_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ranges_allocate_aligned(&ranges, 1, (REGION_PAGES * 2) * PAGE_SIZE), 0);
    assert_int_equal(ranges_allocate_aligned(&ranges, REGION_PAGES - 2, 2 * PAGE_SIZE), 0);
    assert_int_equal(ranges_allocate_aligned(&ranges, SIZE_MAX, 2 * PAGE_SIZE), 0);
    assert_int_equal(store.count, 1);
}

static void test_two_regions_share_one_store(void **state)
{
    (void)state;
    static struct ranges other;
    uintptr_t other_start = START + 2 * REGION_PAGES * PAGE_SIZE;
    assert_true(ranges_init(&other, &store, other_start, other_start + 64 * PAGE_SIZE));
    uintptr_t a = ranges_allocate(&ranges, 2);
    uintptr_t b = ranges_allocate(&other, 2);
    assert_int_equal(b, other_start + PAGE_SIZE);
    ranges_free(&ranges, a);
    assert_int_equal(ranges_page_count(&store, b), 2);
    assert_int_equal(ranges_page_count(&store, a), 0);
    ranges_free(&other, b);
    assert_int_equal(store.count, 2);
}

static void test_a_permanent_range_is_not_one_to_give_back(void **state)
{
    (void)state;
    uintptr_t address = ranges_allocate(&ranges, 5);
    ranges_keep(&store, address);
    assert_int_equal(ranges_page_count(&store, address), 0);
}

static void test_the_last_fitting_hole_of_its_class_is_found(void **state)
{
    (void)state;
    /* Holes of 9 pages hide one of 15, all of one class; the rest of the region is taken. */
    enum { HOLES = 40 };
    uintptr_t holes[HOLES];
    for (unsigned i = 0; i < HOLES; i++) {
        holes[i] = ranges_allocate(&ranges, i == 0 ? 14 : 8);
        assert_int_not_equal(ranges_allocate(&ranges, 1), 0);
    }
    size_t rest = REGION_PAGES - 1 - (15 + (HOLES - 1) * 9 + HOLES * 2);
    assert_int_not_equal(ranges_allocate(&ranges, rest - 1), 0);
    for (unsigned i = 0; i < HOLES; i++)
        ranges_free(&ranges, holes[i]);
    assert_int_equal(ranges_allocate(&ranges, 12), holes[0]);
    assert_int_equal(ranges_allocate(&ranges, 12), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_long_mixture_agrees_with_the_model_and_leaves_no_trace,
                               start),
        cmocka_unit_test_setup(test_a_range_may_fill_the_region_but_for_its_guards, start),
        cmocka_unit_test_setup(test_a_request_that_no_address_space_could_hold_is_refused, start),
        cmocka_unit_test_setup(test_without_memory_for_records_nothing_changes, start),
        cmocka_unit_test_setup(test_without_memory_for_records_an_aligned_request_changes_nothing,
                               start),
        cmocka_unit_test_setup(test_an_aligned_request_that_cannot_be_met_is_refused, start),
        cmocka_unit_test_setup(test_two_regions_share_one_store, start),
        cmocka_unit_test_setup(test_a_permanent_range_is_not_one_to_give_back, start),
        cmocka_unit_test_setup(test_the_last_fitting_hole_of_its_class_is_found, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
