/* lib/checked.h and lib/span.h: arithmetic and places that cannot be trusted. */
#include "tests/host/support.h"

#include "lib/checked.h"
#include "lib/span.h"

static const uint8_t bytes[8] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88};

static void sum_up_to_the_maximum_is_true(void **state UNUSED)
{
    uint64_t result = 1;
    assert_true(checked_add(0, 0, &result));
    assert_int_equal(result, 0);
    assert_true(checked_add(UINT64_MAX - 1, 1, &result));
    assert_int_equal(result, UINT64_MAX);
    assert_false(checked_add(UINT64_MAX, 1, &result));
    assert_false(checked_add(1ull << 63, 1ull << 63, &result));
}

static void product_up_to_the_maximum_is_true(void **state UNUSED)
{
    uint64_t result = 1;
    assert_true(checked_multiply(UINT64_MAX, 0, &result));
    assert_int_equal(result, 0);
    assert_true(checked_multiply(UINT32_MAX, (1ull << 32) + 1, &result));
    assert_int_equal(result, UINT64_MAX);
    assert_false(checked_multiply(1ull << 32, 1ull << 32, &result));
    assert_false(checked_multiply(UINT64_MAX, 2, &result));
}

static void powers_of_two_have_one_bit(void **state UNUSED)
{
    for (unsigned bit = 0; bit < 64; bit++)
        assert_true(is_power_of_two(1ull << bit));
    assert_false(is_power_of_two(0));
    assert_false(is_power_of_two(3));
    assert_false(is_power_of_two(UINT64_MAX));
    assert_false(is_power_of_two((1ull << 63) + 1));
}

static void alignment_goes_up_to_the_next_multiple(void **state UNUSED)
{
    uint64_t result = 1;
    assert_true(checked_align_up(0, 16, &result));
    assert_int_equal(result, 0);
    assert_true(checked_align_up(1, 16, &result));
    assert_int_equal(result, 16);
    assert_true(checked_align_up(16, 16, &result));
    assert_int_equal(result, 16);
    assert_true(checked_align_up(12345, 1, &result));
    assert_int_equal(result, 12345);
    assert_true(checked_align_up(UINT64_MAX, 1, &result));
    assert_int_equal(result, UINT64_MAX);
}

static void alignment_past_the_maximum_is_refused(void **state UNUSED)
{
    uint64_t result = 0;
    assert_true(checked_align_up(UINT64_MAX - 4095, 4096, &result));
    assert_int_equal(result, UINT64_MAX - 4095);
    assert_false(checked_align_up(UINT64_MAX - 4094, 4096, &result));
    assert_false(checked_align_up(UINT64_MAX, 2, &result));
    assert_false(checked_align_up((1ull << 63) + 1, 1ull << 63, &result));
}

static void alignment_of_our_own_numbers_keeps_their_type(void **state UNUSED)
{
    assert_int_equal(ALIGN_UP((uint32_t)4097, 4096), 8192);
    assert_int_equal(ALIGN_DOWN((uint32_t)4097, 4096), 4096);
    assert_int_equal(ALIGN_UP((uint64_t)0xffffffff80000001, 0x1000), 0xffffffff80001000);
    assert_int_equal(ALIGN_DOWN((uint64_t)0xffffffff80000fff, 0x1000), 0xffffffff80000000);
}

static void range_fits_only_wholly_inside(void **state UNUSED)
{
    assert_true(range_fits(0, 0, 0));
    assert_true(range_fits(0, 8, 8));
    assert_true(range_fits(8, 0, 8));
    assert_true(range_fits(7, 1, 8));
    assert_false(range_fits(7, 2, 8));
    assert_false(range_fits(8, 1, 8));
    assert_false(range_fits(9, 0, 8));
}

static void range_whose_end_would_wrap_does_not_fit(void **state UNUSED)
{
    assert_false(range_fits(1, UINT64_MAX, 8));
    assert_false(range_fits(UINT64_MAX, 1, 8));
    assert_false(range_fits(UINT64_MAX, UINT64_MAX, 8));
    assert_false(range_fits(UINT64_MAX - 3, 8, UINT64_MAX));
    assert_true(range_fits(UINT64_MAX - 3, 3, UINT64_MAX));
    assert_true(range_fits(UINT64_MAX, 0, UINT64_MAX));
    assert_true(range_fits(0, UINT64_MAX, UINT64_MAX));
}

static void slice_is_the_part_asked_for(void **state UNUSED)
{
    struct span span = span_make(bytes, sizeof(bytes));
    struct span part;
    assert_true(span_slice(span, 2, 3, &part));
    assert_ptr_equal(part.bytes, bytes + 2);
    assert_int_equal(part.size, 3);
    assert_true(span_slice(span, 8, 0, &part));
    assert_int_equal(part.size, 0);
}

static void slice_outside_is_refused(void **state UNUSED)
{
    struct span span = span_make(bytes, sizeof(bytes));
    struct span part = {0};
    assert_false(span_slice(span, 0, 9, &part));
    assert_false(span_slice(span, 8, 1, &part));
    assert_false(span_slice(span, 9, 0, &part));
    assert_false(span_slice(span, UINT64_MAX, 2, &part));
    assert_false(span_slice(span, 2, UINT64_MAX - 1, &part));
    assert_null(part.bytes);
}

static void slice_cannot_see_past_its_end(void **state UNUSED)
{
    struct span part;
    assert_true(span_slice(span_make(bytes, sizeof(bytes)), 2, 3, &part));
    assert_true(span_has(part, 0, 3));
    assert_false(span_has(part, 0, 4));
    assert_fires((void)span_u32(part, 0));
}

static void text_must_end_inside_the_span(void **state UNUSED)
{
    struct span span = span_make("ab\0cd", 5);
    assert_string_equal(span_text(span, 0), "ab");
    assert_string_equal(span_text(span, 1), "b");
    assert_string_equal(span_text(span, 2), "");
    assert_null(span_text(span, 3));
    assert_null(span_text(span, 5));
    assert_null(span_text(span, UINT64_MAX));
    assert_null(span_text(span_make(NULL, 0), 0));
}

static void readers_are_little_endian_at_any_alignment(void **state UNUSED)
{
    struct span span = span_make(bytes, sizeof(bytes));
    assert_int_equal(span_u8(span, 7), 0x88);
    assert_int_equal(span_u16(span, 1), 0x0302);
    assert_int_equal(span_u16(span, 6), 0x8807);
    assert_int_equal(span_u32(span, 3), 0x07060504);
    assert_int_equal(span_u32(span, 4), 0x88070605);
    assert_int_equal(span_u64(span, 0), 0x8807060504030201);
}

static void readers_assert_that_the_place_is_inside(void **state UNUSED)
{
    struct span span = span_make(bytes, sizeof(bytes));
    assert_fires((void)span_u8(span, 8));
    assert_fires((void)span_u16(span, 7));
    assert_fires((void)span_u32(span, 5));
    assert_fires((void)span_u64(span, 1));
    assert_fires((void)span_u8(span, UINT64_MAX));
    assert_fires((void)span_u64(span, UINT64_MAX - 3));
}

static void writers_write_what_readers_read(void **state UNUSED)
{
    uint8_t place[13] = {0};
    store_u32(place + 1, 0x81828384);
    store_u64(place + 5, 0x9192939495969798);
    assert_int_equal(load_u16(place + 1), 0x8384);
    assert_int_equal(load_u32(place + 1), 0x81828384);
    assert_int_equal(load_u64(place + 5), 0x9192939495969798);
    assert_int_equal(place[0], 0);
    assert_int_equal(place[1], 0x84);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_up_to_the_maximum_is_true),
        cmocka_unit_test(product_up_to_the_maximum_is_true),
        cmocka_unit_test(powers_of_two_have_one_bit),
        cmocka_unit_test(alignment_goes_up_to_the_next_multiple),
        cmocka_unit_test(alignment_past_the_maximum_is_refused),
        cmocka_unit_test(alignment_of_our_own_numbers_keeps_their_type),
        cmocka_unit_test(range_fits_only_wholly_inside),
        cmocka_unit_test(range_whose_end_would_wrap_does_not_fit),
        cmocka_unit_test(slice_is_the_part_asked_for),
        cmocka_unit_test(slice_outside_is_refused),
        cmocka_unit_test(slice_cannot_see_past_its_end),
        cmocka_unit_test(text_must_end_inside_the_span),
        cmocka_unit_test(readers_are_little_endian_at_any_alignment),
        cmocka_unit_test(readers_assert_that_the_place_is_inside),
        cmocka_unit_test(writers_write_what_readers_read),
    };
    return cmocka_run_group_tests_name("lib_checked", tests, NULL, NULL);
}
