/* The host's side of lib/assert.h, and small helpers of the host tests. */
#include "tests/host/support.h"

#include <stdio.h>
#include <stdlib.h>

jmp_buf assertion_return;

static bool assertion_is_expected;

void assertion_expect(bool expected)
{
    assertion_is_expected = expected;
}

void assert_failed(const char *condition, const char *file, int line)
{
    if (assertion_is_expected)
        longjmp(assertion_return, 1);
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}

/* xorshift64*, by Vigna. */
uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717ull;
}
