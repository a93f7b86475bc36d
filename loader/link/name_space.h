/*
 * A name space: names to stacks of definitions, the newest visible one on top. Importers that bound
 * earlier keep what they bound; later ones get the newest; when it goes, the older one shows again.
 *
 * Beside the global names there are those of each private owner, which are found only by asking for
 * that owner (two-level binding; AIX reference, section 4). They are in a table of their own, under
 * hashes that the owner enters into, so that a thousand copies of one dependent are not in each
 * other's way.
 *
 * The cost of a lookup does not grow with the number of names (lib/table.h), nor with that of the
 * definitions of one name, as thousands of instances of one object make them (lib/stacks.h). Nothing here
 * allocates but the tables; no locking: the caller holds the loader's lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mortise/status.h>

#include "lib/compiler.h"
#include "lib/stacks.h"
#include "lib/string.h"

/* Whoever definitions belong to: an extension, or the kernel itself. */
struct name_owner {
    const char *name; /* what it is called in listings */
    bool is_private;  /* its definitions are not global; set before any is added */
    bool is_visible;  /* its definitions can be found; set for a whole group in one step */
    bool is_marked;   /* see resolve.h */
    struct name_owner *next_marked;
};

struct definition {
    struct stack_link link; /* its note is the definition's class, see below */
    const char *name;
    uint64_t address;
    struct name_owner *owner;
};

/* What `link` of a definition of enum mod_class `mclass` is before it is added. */
#define DEFINITION_LINK(mclass)                                                                    \
    (struct stack_link)                                                                            \
    {                                                                                              \
        .link = {.note = (mclass) }                                                                \
    }
static inline uint32_t definition_class(const struct definition *definition)
{
    return definition->link.link.note;
}

/* Names that may be looked at on the way to another; by chance there are ten among a million. */
#define NAME_SPACE_CROWD 64

struct name_space {
    struct stacks definitions; /* the global ones */
    struct stacks privates;    /* of one owner and one name each */
};

void name_space_init(struct name_space *space, const struct table_memory *memory);

/* Makes room for `count` more definitions of `owner`; false when there is no memory. */
MUST_CHECK bool name_space_reserve(struct name_space *space, const struct name_owner *owner,
                                   size_t count);
/* Gives back room that is not used. */
void name_space_trim(struct name_space *space);

/* Adds a filled definition on top of those with its name; `hash` is hash_name of it. */
void name_space_add(struct name_space *space, struct definition *definition, uint32_t hash);
/*
 * The same, but nothing is added and the answer is SYMBOL_DUPLICATE when its owner's is the newest
 * definition of this name already: whoever adds all of an owner's definitions in a row has no name twice.
 * NAMES_CROWDED when more than NAME_SPACE_CROWD others stand before its place: someone chose their hashes.
 */
MUST_CHECK enum status name_space_define(struct name_space *space, struct definition *definition,
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
 * names that differ in more than a third of their letters are not near. Looks at every name, which is a step
 * each, and compares those of like lengths, a step for each letter with each; takes the steps from *steps,
 * and leaves out what they do not suffice for. NAME_SPACE_NEAREST_STEPS are what a load may cost.
 */
#define NAME_SPACE_NEAREST_STEPS (8u << 20)
size_t name_space_nearest(const struct name_space *space, const char *name, const char **nearest,
                          size_t count, uint32_t *steps);

static ALWAYS_INLINE struct definition *definition_of(const struct stack_link *link)
{
    return link == NULL ? NULL : CONTAINER_OF(link, struct definition, link);
}

/* The body of what is asked for every import. */
static inline struct definition *name_space_find(const struct name_space *space, const char *name,
                                                 uint32_t hash)
{
    struct stack_link *link = stacks_find(&space->definitions, hash);
    while (link != NULL && strcmp(definition_of(link)->name, name) != 0)
        link = stacks_find_other(link);
    /* Those of a load or an unload that goes on are not visible. */
    while (link != NULL && !definition_of(link)->owner->is_visible)
        link = link->older;
    return definition_of(link);
}
