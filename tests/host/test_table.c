/* The hash table: order of equals, bucket count, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/table.h"

#define MILLION 1000000u

struct item {
    struct table_link link;
    unsigned number;
};

static size_t bytes_out;
static size_t allocations_left = SIZE_MAX;

static void *take(size_t size_bytes)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    bytes_out += size_bytes;
    return malloc(size_bytes);
}

static void give(void *memory, size_t size_bytes)
{
    bytes_out -= size_bytes;
    free(memory);
}

static const struct table_memory memory = {.allocate = take, .release = give};
static struct table table;

static int start(void **state)
{
    (void)state;
    allocations_left = SIZE_MAX;
    bytes_out = 0;
    table_init(&table, &memory);
    return 0;
}

static struct item *item_of(struct table_link *link)
{
    return CONTAINER_OF(link, struct item, link);
}

/* Spreads numbers; a few of them share a hash when `equals` is more than 1. */
static uint32_t spread(unsigned number, unsigned equals)
{
    return (number / equals) * 2654435761u;
}

static void add(struct item *items, unsigned count, unsigned equals)
{
    for (unsigned i = 0; i < count; i++) {
        items[i].number = i;
        assert_true(table_reserve(&table, 1));
        table_add(&table, &items[i].link, spread(i, equals));
    }
}

static void expect_newest_first(unsigned first, unsigned end, unsigned equals)
{
    struct table_link *link = table_find(&table, spread(first, equals));
    for (unsigned i = end; i-- > first;) {
        assert_non_null(link);
        assert_int_equal(item_of(link)->number, i);
        link = table_find_older(link);
    }
    assert_null(link);
}

static void test_an_empty_table_finds_nothing(void **state)
{
    (void)state;
    assert_null(table_find(&table, 0));
    assert_null(table_find(&table, UINT32_MAX));
    assert_int_equal(table.bucket_count, TABLE_FIRST_BUCKETS);
}

static void test_a_million_elements_are_found_and_leave_no_trace(void **state)
{
    (void)state;
    struct item *items = calloc(MILLION, sizeof(*items));
    assert_non_null(items);
    add(items, MILLION, 1);
    assert_int_equal(table.count, MILLION);
    assert_int_equal(table.bucket_count, MILLION / TABLE_LOAD);
    for (unsigned i = 0; i < MILLION; i++)
        assert_ptr_equal(table_find(&table, spread(i, 1)), &items[i].link);
    for (unsigned i = 0; i < MILLION; i++) {
        table_remove(&table, &items[i].link);
        assert_null(table_find(&table, spread(i, 1)));
    }
    table_trim(&table);
    assert_int_equal(table.bucket_count, TABLE_FIRST_BUCKETS);
    assert_int_equal(bytes_out, 0);
    free(items);
}

static void test_equals_stay_newest_first_while_the_table_grows_and_shrinks(void **state)
{
    (void)state;
    enum { COUNT = 20000, EQUALS = 5 };
    struct item *items = calloc(COUNT, sizeof(*items));
    assert_non_null(items);
    add(items, COUNT, EQUALS);
    for (unsigned i = 0; i < COUNT; i += EQUALS)
        expect_newest_first(i, i + EQUALS, EQUALS);
    for (unsigned i = COUNT; i > EQUALS; i -= EQUALS) {
        for (unsigned k = 1; k <= EQUALS; k++)
            table_remove(&table, &items[i - k].link);
        if (i % 1000 == 0)
            expect_newest_first(0, EQUALS, EQUALS);
    }
    expect_newest_first(0, EQUALS, EQUALS);
    for (unsigned i = 0; i < EQUALS; i++)
        table_remove(&table, &items[i].link);
    table_trim(&table);
    assert_int_equal(bytes_out, 0);
    free(items);
}

static void test_a_removed_element_uncovers_the_older_one(void **state)
{
    (void)state;
    struct item items[3];
    add(items, 3, 3);
    table_remove(&table, &items[2].link);
    assert_ptr_equal(table_find(&table, 0), &items[1].link);
    table_remove(&table, &items[0].link);
    assert_ptr_equal(table_find(&table, 0), &items[1].link);
    assert_null(table_find_older(&items[1].link));
}

static void test_the_bucket_count_is_a_function_of_the_element_count(void **state)
{
    (void)state;
    struct item items[600];
    add(items, 400, 1);
    size_t bytes = bytes_out;
    assert_int_equal(table.bucket_count, 400 / TABLE_LOAD);
    for (unsigned i = 400; i < 600; i++) {
        assert_true(table_reserve(&table, 1));
        table_add(&table, &items[i].link, spread(i, 1));
    }
    for (unsigned i = 400; i < 600; i++)
        table_remove(&table, &items[i].link);
    table_trim(&table);
    assert_int_equal(table.bucket_count, 400 / TABLE_LOAD);
    assert_int_equal(bytes_out, bytes);
    for (unsigned i = 0; i < 400; i++)
        table_remove(&table, &items[i].link);
    table_trim(&table);
}

static void test_running_out_of_memory_leaves_everything_as_it_was(void **state)
{
    (void)state;
    struct item items[100];
    add(items, 100, 1);
    size_t bytes = bytes_out;
    for (size_t allowed = 0; allowed < 4; allowed++) {
        allocations_left = allowed;
        assert_false(table_reserve(&table, 100000));
        assert_int_equal(bytes_out, bytes);
    }
    for (unsigned i = 0; i < 100; i++)
        assert_ptr_equal(table_find(&table, spread(i, 1)), &items[i].link);
    for (unsigned i = 0; i < 100; i++)
        table_remove(&table, &items[i].link);
    table_trim(&table);
}

static void test_a_failed_reserve_keeps_an_earlier_one(void **state)
{
    (void)state;
    assert_true(table_reserve(&table, 400));
    size_t bytes = bytes_out;
    allocations_left = 1;
    assert_false(table_reserve(&table, 100000));
    assert_int_equal(bytes_out, bytes);
    table_trim(&table);
    assert_int_equal(bytes_out, 0);
}

static void count_visit(struct table_link *link, void *context)
{
    (void)link;
    (*(unsigned *)context)++;
}

static void test_a_visit_meets_every_element(void **state)
{
    (void)state;
    struct item items[100];
    unsigned met = 0;
    add(items, 100, 2);
    table_visit(&table, count_visit, &met);
    assert_int_equal(met, 100);
    for (unsigned i = 0; i < 100; i++)
        table_remove(&table, &items[i].link);
    table_trim(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_empty_table_finds_nothing, start),
        cmocka_unit_test_setup(test_a_million_elements_are_found_and_leave_no_trace, start),
        cmocka_unit_test_setup(test_equals_stay_newest_first_while_the_table_grows_and_shrinks,
                               start),
        cmocka_unit_test_setup(test_a_removed_element_uncovers_the_older_one, start),
        cmocka_unit_test_setup(test_the_bucket_count_is_a_function_of_the_element_count, start),
        cmocka_unit_test_setup(test_running_out_of_memory_leaves_everything_as_it_was, start),
        cmocka_unit_test_setup(test_a_failed_reserve_keeps_an_earlier_one, start),
        cmocka_unit_test_setup(test_a_visit_meets_every_element, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
