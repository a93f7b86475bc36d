/* <string.h> for headers of others (uthash.h) inside the kernel; found by -Ilib/freestanding. */
#pragma once

#include "lib/string.h"
