/*
 * What every host test includes: cmocka with what it wants included before it, and assertions that
 * can be expected.
 *
 * An assertion that fires where none is expected prints itself and aborts the test program.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/assert.h"

/* Where assert_failed goes while an assertion is expected. For assert_fires only. */
extern jmp_buf assertion_return;
void assertion_expect(bool expected);

/* Fails the test unless an ASSERT fires inside `statement`, which is left at that point. */
#define assert_fires(statement)                                                                    \
    do {                                                                                           \
        if (setjmp(assertion_return) == 0) {                                                       \
            assertion_expect(true);                                                                \
            statement;                                                                             \
            assertion_expect(false);                                                               \
            fail_msg("no assertion fired in: %s", #statement);                                     \
        }                                                                                          \
        assertion_expect(false);                                                                   \
    } while (0)

/* The next of a row of numbers that look random and are the same in each run; `*state` is not 0. */
uint64_t random_next(uint64_t *state);
