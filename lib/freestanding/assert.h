/* <assert.h> for headers of others (utlist.h) inside the kernel; found by -Ilib/freestanding. */
#pragma once

#include "lib/assert.h"

#define assert(condition) ASSERT(condition)
