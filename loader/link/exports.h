/*
 * What an object exports, and its entry points. Pure: reads a checked image.
 *
 * An object that modld wrote exports what its records say, another one every global symbol that it
 * defines in memory. Entry points belong to their own object: nobody else can bind them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/string.h"
#include "loader/diagnosis.h"
#include "loader/image/image.h"
#include "loader/image/placement.h"

/* Exports of an image, one after the other. Begins with `next` 0. */
struct export_walk {
    const struct image *image;
    uint32_t next; /* record of .mod.exports, or symbol when there is no such section */
};

struct export_item {
    uint32_t symbol;
    uint32_t hash; /* of its name */
    uint32_t mclass;
};

/* For an object without records; see exports_next. */
bool exports_next_plain(struct export_walk *walk, struct export_item *item);

/*
 * Steps to the next export; false when there is none. Records may list _load and _unload, which are
 * not to be defined all the same.
 */
static ALWAYS_INLINE bool exports_next(struct export_walk *walk, struct export_item *item)
{
    if (walk->image->exports.bytes == NULL)
        return exports_next_plain(walk, item);
    if (walk->next == image_export_count(walk->image))
        return false;
    struct mod_export record = image_export(walk->image, walk->next++);
    *item = (struct export_item){record.symbol, record.hash, record.mclass};
    return true;
}

/* How many names an object exports, entry points that it lists among them. */
uint32_t exports_count(const struct image *image);

/* _load and _unload belong to their own object and are never global. */
static ALWAYS_INLINE bool export_is_entry_point(const char *name)
{
    return name[0] == '_' && (strcmp(name, "_load") == 0 || strcmp(name, "_unload") == 0);
}

/*
 * Fails with MOD_EXPORT_UNLOADED when symbol `index` with this address, once placed, is in a section that
 * got no memory: a record may name what plain exports leave out, and importers would be bound to 0.
 */
MUST_CHECK static ALWAYS_INLINE enum status export_check(const struct image *image,
                                                         const struct placement *placement,
                                                         uint32_t index, uint64_t address)
{
    if (LIKELY(address != 0))
        return STATUS_OK;
    struct image_symbol symbol = image_symbol(image, index);
    return placement_lacks(placement, &symbol) ? STATUS_MOD_EXPORT_UNLOADED : STATUS_OK;
}

/* The symbols that are entry points, two by their names, one by what modld recorded; 0 for none. */
struct entry_points {
    uint32_t load;
    uint32_t unload;
    uint32_t configuration;
};

/* Fails with SYMBOL_DUPLICATE, or with ENTRY_POINT for one that is no code of this object. */
MUST_CHECK enum status entry_points_find(const struct image *image, struct entry_points *points,
                                         struct diagnosis *diagnosis);
