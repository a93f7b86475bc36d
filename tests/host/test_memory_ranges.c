/* boot/memory_ranges.c: what a boot loader's memory map becomes. */
#include "tests/host/support.h"

#include <stdlib.h>
#include <string.h>

#include "boot/memory_ranges.h"

static struct memory_ranges set;

static int set_up(void **state)
{
    (void)state;
    memset(&set, 0, sizeof(set));
    return 0;
}

static void assert_range(size_t i, uint64_t start, uint64_t end)
{
    assert_true(i < set.count);
    assert_int_equal(set.range[i].start, start);
    assert_int_equal(set.range[i].end, end);
}

static void assert_only(uint64_t start, uint64_t end)
{
    assert_int_equal(set.count, 1);
    assert_range(0, start, end);
}

static void ranges_are_sorted(void **state)
{
    (void)state;
    memory_ranges_add(&set, 0x9000, 0x1000);
    memory_ranges_add(&set, 0x1000, 0x1000);
    memory_ranges_add(&set, 0x5000, 0x1000);
    assert_int_equal(set.count, 3);
    assert_range(0, 0x1000, 0x2000);
    assert_range(1, 0x5000, 0x6000);
    assert_range(2, 0x9000, 0xa000);
}

static void overlapping_and_touching_ranges_become_one(void **state)
{
    (void)state;
    memory_ranges_add(&set, 0x1000, 0x1000);
    memory_ranges_add(&set, 0x3000, 0x1000);
    memory_ranges_add(&set, 0x2000, 0x1000);
    assert_only(0x1000, 0x4000);
    memory_ranges_add(&set, 0x800, 0x10000);
    assert_only(0x800, 0x10800);
    memory_ranges_add(&set, 0x900, 0x10);
    assert_only(0x800, 0x10800);
}

static void subtracting_splits_trims_and_removes(void **state)
{
    (void)state;
    memory_ranges_add(&set, 0x1000, 0x9000);
    memory_ranges_subtract(&set, 0x4000, 0x1000);
    assert_int_equal(set.count, 2);
    assert_range(0, 0x1000, 0x4000);
    assert_range(1, 0x5000, 0xa000);
    memory_ranges_subtract(&set, 0x3000, 0x3000);
    assert_range(0, 0x1000, 0x3000);
    assert_range(1, 0x6000, 0xa000);
    memory_ranges_subtract(&set, 0, 0x3000);
    assert_only(0x6000, 0xa000);
    memory_ranges_subtract(&set, 0xa000, 0x1000);
    memory_ranges_subtract(&set, 0x5000, 0x1000);
    memory_ranges_subtract(&set, 0x7000, 0);
    assert_only(0x6000, 0xa000);
    memory_ranges_subtract(&set, 0, UINT64_MAX);
    assert_int_equal(set.count, 0);
}

static void aligning_keeps_whole_pages_only(void **state)
{
    (void)state;
    memory_ranges_add(&set, 0x1001, 0x2fff);
    memory_ranges_add(&set, 0x5001, 0x1ffe);
    memory_ranges_add(&set, 0x9000, 0xfff);
    memory_ranges_align(&set);
    assert_only(0x2000, 0x4000);
}

static void odd_neighbours_lose_nothing_between_them(void **state)
{
    (void)state;
    memory_ranges_add(&set, 0x1000, 0x1234);
    memory_ranges_add(&set, 0x2234, 0x1dcc);
    memory_ranges_align(&set);
    assert_only(0x1000, 0x4000);
}

static void usable_ranges_that_wrap_are_left_out(void **state)
{
    (void)state;
    memory_ranges_add(&set, 0x1000, UINT64_MAX);
    memory_ranges_add(&set, UINT64_MAX - 0xfff, 0x1000);
    memory_ranges_add(&set, UINT64_MAX, 1);
    memory_ranges_add(&set, MEMORY_RANGES_END, 0x1000);
    assert_int_equal(set.count, 0);
    assert_int_equal(set.left_out, 4);
    memory_ranges_add(&set, 0x1000, 0);
    assert_int_equal(set.count, 0);
    assert_int_equal(set.left_out, 4);
}

static void usable_ranges_are_clipped_to_what_a_processor_can_address(void **state)
{
    (void)state;
    memory_ranges_add(&set, 0x1000, UINT64_MAX - 0x1000);
    assert_only(0x1000, MEMORY_RANGES_END);
    memory_ranges_align(&set);
    assert_only(0x1000, MEMORY_RANGES_END);
}

static void reserved_ranges_that_wrap_reach_to_the_end(void **state)
{
    (void)state;
    memory_ranges_add(&set, 0x1000, 0x9000);
    memory_ranges_subtract(&set, 0x5000, UINT64_MAX);
    assert_only(0x1000, 0x5000);
    memory_ranges_subtract(&set, UINT64_MAX, UINT64_MAX);
    assert_only(0x1000, 0x5000);
}

static void the_smallest_is_dropped_when_there_are_too_many(void **state)
{
    (void)state;
    for (uint64_t i = 0; i <= BOOT_RANGES_MAX; i++)
        memory_ranges_add(&set, i * 0x100000, i == 7 ? 0x1000 : 0x2000);
    assert_int_equal(set.count, BOOT_RANGES_MAX);
    assert_int_equal(set.left_out, 1);
    assert_range(6, 0x600000, 0x602000);
    assert_range(7, 0x800000, 0x802000);

    memory_ranges_subtract(&set, 0x800800, 0x1000);
    assert_int_equal(set.count, BOOT_RANGES_MAX);
    assert_int_equal(set.left_out, 2);
    assert_range(BOOT_RANGES_MAX - 1, 0x4000000, 0x4002000);
}

/* Against a model with one flag a byte: random ranges over a small memory. */
static void random_maps_equal_a_model(void **state)
{
    (void)state;
    enum { SIZE = 0x40 };
    uint64_t random = 0x1234567;
    for (int round = 0; round < 2000; round++) {
        bool model[SIZE] = {false};
        set_up(NULL);
        for (int i = 0; i < 24; i++) {
            uint64_t start = random_next(&random) % SIZE;
            uint64_t size = random_next(&random) % (SIZE - start + 1);
            bool add = i < 12;
            (add ? memory_ranges_add : memory_ranges_subtract)(&set, start, size % 12);
            memset(model + start, add, size % 12);
        }
        bool seen[SIZE] = {false};
        for (size_t i = 0; i < set.count; i++) {
            assert_true(set.range[i].start < set.range[i].end);
            assert_true(i == 0 || set.range[i - 1].end < set.range[i].start);
            memset(seen + set.range[i].start, true, set.range[i].end - set.range[i].start);
        }
        assert_memory_equal(seen, model, sizeof(model));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(ranges_are_sorted),
        TEST(overlapping_and_touching_ranges_become_one),
        TEST(subtracting_splits_trims_and_removes),
        TEST(aligning_keeps_whole_pages_only),
        TEST(odd_neighbours_lose_nothing_between_them),
        TEST(usable_ranges_that_wrap_are_left_out),
        TEST(usable_ranges_are_clipped_to_what_a_processor_can_address),
        TEST(reserved_ranges_that_wrap_reach_to_the_end),
        TEST(the_smallest_is_dropped_when_there_are_too_many),
        TEST(random_maps_equal_a_model),
    };
    return cmocka_run_group_tests_name("memory_ranges", tests, NULL, NULL);
}
