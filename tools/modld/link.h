/* Running the linker of binutils. */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "tools/modld/inputs.h"

/* Links the inputs into one relocatable object at `path`. False when that failed; it is reported. */
MUST_CHECK bool link_objects(const struct options *options, const struct inputs *inputs,
                             const char *path);
