/*
 * Shared modules among the inputs. They are not linked in: what they export may be imported from them,
 * and the kernel then loads them with the extension.
 */
#pragma once

#include <stdbool.h>

#include "loader/image/image.h"
#include "tools/modld/options.h"
#include "tools/support/name_map.h"

struct dependent {
    const char *path;   /* of its file here */
    const char *name;   /* what messages call it: "path" or "path(member)" */
    const char *origin; /* what is recorded for the kernel, likewise */
    struct image image;
};

/* Who exports a symbol: the first dependent that does, and another one when there is any. */
struct exporters {
    const struct dependent *first;
    const struct dependent *second;
};

struct dependents {
    struct dependent **items;
    size_t count;
    struct name_map exporters; /* of struct exporters */
};

void dependents_init(struct dependents *dependents);

/*
 * Adds a module that was read; `member` is NULL for one that is a file alone, `is_library` is true for
 * one that -l found. A file given twice counts once; two that would be recorded alike are reported.
 */
void dependents_add(struct dependents *dependents, const struct options *options, const char *path,
                    const char *member, bool is_library, const struct image *image);

/* The exporters of a symbol, or NULL. */
const struct exporters *dependents_find(const struct dependents *dependents, const char *name);
