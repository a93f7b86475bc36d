/* Running the archiver of binutils. */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "tools/modld/members.h"

/*
 * Makes the file at `path` an archive of the members, in their order. Equal members give equal bytes.
 * False when that failed or the kernel's reader does not find the members in it; it is reported.
 */
MUST_CHECK bool pack_members(const struct options *options, const struct members *members,
                             const char *path);
