/*
 * 64-bit division, which some machines do by functions of ours. Numbers are volatile, so that the
 * division is done here and not by the compiler.
 */
#include <stdbool.h>
#include <stdint.h>

#include "kernel/selftest/selftest.h"
#include "lib/checked.h"
#include "lib/compiler.h"

/* Around the borders of words, and long divisors just below and above a power of two. */
static const uint64_t numbers[] = {
    1,
    2,
    3,
    10,
    0x7fffffff,
    0x80000000,
    0xfffffffe,
    0xffffffff,
    0x100000000,
    0x100000001,
    0x1ffffffff,
    0x200000001,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0xfffffffeffffffff,
    0xffffffff00000000,
    0xfffffffffffffffe,
    0xffffffffffffffff,
};

static bool unsigned_is_right(uint64_t number, uint64_t divisor)
{
    volatile uint64_t n = number;
    volatile uint64_t d = divisor;
    uint64_t quotient = n / d;
    uint64_t rest = n % d;
    uint64_t product;
    return rest < divisor && checked_multiply(quotient, divisor, &product) &&
           number - product == rest;
}

static bool signed_is_right(int64_t number, int64_t divisor)
{
    volatile int64_t n = number;
    volatile int64_t d = divisor;
    if (number == INT64_MIN && divisor == -1)
        return true; /* has no quotient */
    int64_t quotient = n / d;
    int64_t rest = n % d;
    uint64_t size = rest < 0 ? -(uint64_t)rest : (uint64_t)rest;
    uint64_t limit = divisor < 0 ? -(uint64_t)divisor : (uint64_t)divisor;
    return size < limit && (rest == 0 || (rest < 0) == (number < 0)) &&
           (uint64_t)quotient * (uint64_t)divisor + (uint64_t)rest == (uint64_t)number;
}

SELFTEST(arithmetic, long_division_obeys_its_definition)
{
    for (unsigned i = 0; i < ARRAY_COUNT(numbers); i++) {
        for (unsigned k = 0; k < ARRAY_COUNT(numbers); k++) {
            CHECK(unsigned_is_right(numbers[i], numbers[k]));
            CHECK(signed_is_right((int64_t)numbers[i], (int64_t)numbers[k]));
        }
    }
}

SELFTEST(arithmetic, long_division_of_many_numbers)
{
    uint64_t state = 88172645463325252u;
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t pair[2];
        for (unsigned k = 0; k < 2; k++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            pair[k] = state >> (state & 63) | 1; /* of every length */
        }
        CHECK(unsigned_is_right(pair[0], pair[1]));
        CHECK(signed_is_right((int64_t)pair[0], -(int64_t)pair[1]));
    }
}

SELFTEST(arithmetic, known_quotients)
{
    volatile uint64_t number = 1000000000000000003;
    volatile uint64_t billion = 1000000000;
    volatile int64_t seven = -7;
    CHECK(number / billion == 1000000000);
    CHECK(number % billion == 3);
    CHECK((int64_t)number / seven == -142857142857142857);
    CHECK((int64_t)number % seven == 4);
    CHECK(UINT64_MAX / (number - 1) == 18);
}
