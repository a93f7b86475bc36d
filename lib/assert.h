/*
 * Assertions: for our own mistakes, never for input; on in every build.
 *
 * assert_failed is a contract: the kernel defines it as a panic, a host program as an abort.
 */
#pragma once

#include "lib/compiler.h"

NO_RETURN void assert_failed(const char *condition, const char *file, int line);

#define ASSERT(condition)                                                                          \
    do {                                                                                           \
        if (UNLIKELY(!(condition)))                                                                \
            assert_failed(#condition, __FILE__, __LINE__);                                         \
    } while (0)
