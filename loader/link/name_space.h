/*
 * A name space: names to stacks of definitions, the newest visible one on top. Importers that bound
 * earlier keep what they bound; later ones get the newest; when it goes, the older one shows again.
 *
 * Beside the global names there are those of each private owner, which are found only by asking for
 * that owner (two-level binding; AIX reference, section 4). They are in a table of their own, under
 * hashes that the owner enters into, so that a thousand copies of one dependent are not in each
 * other's way.
 *
 * The cost of a lookup does not grow with the number of names (lib/table.h). Nothing here allocates
 * but the table; no locking: the caller holds the loader's lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/string.h"
#include "lib/table.h"

/* Whoever definitions belong to: an extension, or the kernel itself. */
struct name_owner {
    const char *name; /* what it is called in listings */
    bool is_private;  /* its definitions are not global; set before any is added */
    bool is_visible;  /* its definitions can be found; set for a whole group in one step */
    bool is_marked;   /* see resolve.h */
    struct name_owner *next_marked;
};

struct definition {
    struct table_link link;
    const char *name;
    uint64_t address;
    struct name_owner *owner;
    uint32_t mclass; /* enum mod_class */
};

struct name_space {
    struct table definitions; /* the global ones */
    struct table privates;
};

void name_space_init(struct name_space *space, const struct table_memory *memory);

/* Makes room for `count` more definitions of `owner`; false when there is no memory. */
MUST_CHECK bool name_space_reserve(struct name_space *space, const struct name_owner *owner,
                                   size_t count);
/* Gives back room that is not used. */
void name_space_trim(struct name_space *space);

/* Adds a filled definition on top of those with its name; `hash` is hash_name of it. */
void name_space_add(struct name_space *space, struct definition *definition, uint32_t hash);
/* The same unless its owner has a definition of this name already: then false, nothing added. */
MUST_CHECK bool name_space_define(struct name_space *space, struct definition *definition,
                                  uint32_t hash);
void name_space_remove(struct name_space *space, struct definition *definition);

/* The newest visible definition of `name`, or NULL. */
static inline struct definition *name_space_find(const struct name_space *space, const char *name,
                                                 uint32_t hash);
/* The definition of `name` that belongs to `owner`, visible or not, private or not, or NULL. */
struct definition *name_space_find_own(const struct name_space *space, const char *name,
                                       uint32_t hash, const struct name_owner *owner);

/*
 * Up to `count` visible names that are nearest to `name` in spelling, nearest first. Returns how many;
 * names that differ in more than a third of their letters are not near. Looks at every name.
 */
size_t name_space_nearest(const struct name_space *space, const char *name, const char **nearest,
                          size_t count);

/* The body of what is asked for every import. */
static inline struct definition *name_space_find(const struct name_space *space, const char *name,
                                                 uint32_t hash)
{
    struct table_link *link = table_find(&space->definitions, hash);
    for (; link != NULL; link = table_find_older(link)) {
        struct definition *definition = CONTAINER_OF(link, struct definition, link);
        if (definition->owner->is_visible && strcmp(definition->name, name) == 0)
            return definition;
    }
    return NULL;
}
