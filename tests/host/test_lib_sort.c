/* Tests of lib/sort. */
#include "lib/sort.h"

#include <stdlib.h>
#include <string.h>

#include "tests/host/support.h"

static size_t comparisons;

static int compare_numbers(const void *a, const void *b)
{
    comparisons++;
    return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

static void sort_and_check(int *numbers, size_t count)
{
    const void **items = calloc(count + 1, sizeof(*items));
    assert_non_null(items);
    for (size_t i = 0; i < count; i++)
        items[i] = &numbers[i];
    sort_pointers(items, count, compare_numbers);
    long sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += *(const int *)items[i] - numbers[i];
        if (i > 0)
            assert_true(*(const int *)items[i - 1] <= *(const int *)items[i]);
    }
    assert_int_equal(sum, 0);
    free(items);
}

static void every_size_up_to_200_is_sorted(void **state)
{
    (void)state;
    uint64_t seed = 1;
    int numbers[200];
    for (size_t count = 0; count <= 200; count++) {
        for (size_t i = 0; i < count; i++)
            numbers[i] = (int)(random_next(&seed) % 50);
        sort_and_check(numbers, count);
    }
}

static void sorted_input_costs_no_more_than_n_log_n(void **state)
{
    (void)state;
    enum { COUNT = 4096 };
    static int numbers[COUNT];
    for (int i = 0; i < COUNT; i++)
        numbers[i] = i;
    comparisons = 0;
    sort_and_check(numbers, COUNT);
    assert_true(comparisons <= 2 * 13 * COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_up_to_200_is_sorted),
        cmocka_unit_test(sorted_input_costs_no_more_than_n_log_n),
    };
    return cmocka_run_group_tests_name("lib_sort", tests, NULL, NULL);
}
