/*
 * One object among the inputs, read with the kernel's own reader. COMMON symbols, which that one
 * refuses, get their places from ld first, in a copy that is only looked at.
 */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "loader/image/image.h"
#include "tools/modld/options.h"

/* What an object is to a link. */
enum object_kind {
    OBJECT_PLAIN,    /* to be linked in */
    OBJECT_SHARED,   /* a shared module that modld wrote: to be imported from */
    OBJECT_EXTENSION /* any other that modld wrote: of no use */
};

/*
 * Checks the object `file` and fills *image. `member` is its name in the archive `path`, or NULL when
 * it is no member. False when it is reported.
 */
MUST_CHECK bool object_read(const struct options *options, const char *path, const char *member,
                            struct span file, struct image *image);

enum object_kind object_kind(const struct image *image);

/* "path" or "path(member)". */
const char *object_name(const char *path, const char *member);

/* Whether the kernel has room for "path" or "path(member)" as the name of an import file. */
bool object_name_fits(const char *name);
