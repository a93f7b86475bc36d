/* Running the linker of binutils. */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "loader/machine/machine.h"
#include "tools/modld/options.h"

/*
 * Links the objects `files`, all for `machine`, into one relocatable object at `path`. False when that
 * failed; it is reported.
 */
MUST_CHECK bool link_files(const struct options *options, const struct machine *machine,
                           const struct texts *files, const char *path);
