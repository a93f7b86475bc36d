/*
 * The host programs' side of lib/assert.h: an assertion that fails ends the program.
 */
#include "lib/assert.h"

#include <stdio.h>
#include <stdlib.h>

void assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
