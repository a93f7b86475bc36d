/* An extension as a living thing; private to loader/live. The loader's lock protects all of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"
#include "lib/string.h"
#include "lib/stacks.h"
#include "lib/table.h"
#include "loader/host.h"
#include "loader/image/arrays.h"
#include "loader/image/linkage.h"
#include "loader/image/placement.h"
#include "loader/image/symbols.h"
#include "loader/link/name_space.h"

struct extension;

#define STEPS_DONE_MAX 63u

/*
 * The objects of one load request: the primary and its private dependents, each wanted by another of
 * them, cycles included. They live and go together (AIX reference, section 4).
 */
struct group {
    struct list members; /* dependents before those that need them; the primary comes last */
    struct extension *primary;
    struct list unwanted; /* in loader.unwanted while the primary's is_listed */
};

/* Slots and stubs (image/linkage.h) in pages of their own; address 0 when there are none. */
struct linkage_block {
    uintptr_t address;
    struct linkage_layout layout;
};

/* What few extensions have, in memory of its own. */
struct extension_blocks {
    struct linkage_block linkage;  /* that its relocations needed */
    struct linkage_block indirect; /* of its indirect functions (image/indirect.h) */
};
/* What the others have: all zeroes. */
extern const struct extension_blocks blocks_none;
extern const struct functions functions_none;

/*
 * One instance. The record is one piece of the host's memory, made by the step "record":
 *
 *   | struct extension | definitions ... | group | symbols | their names | path | member | short name |
 *
 * Only a primary's record has the group in it, and only a member of an archive's the member. A load of an
 * extension costs, besides its pages, no more than this: so what most do not have is kept apart.
 */
struct extension {
    struct name_owner owner;  /* owner.name is the short name: "fmt" of /usr/lib/ext/fmt.a */
    uint32_t load_count;      /* load requests not taken back; 0 for a dependent */
    uint32_t use_count;       /* objects bound to a definition of this one */
    uint32_t inner_uses;      /* of those, the ones of its own group */
    uint32_t page_count : 20; /* of its text and data */
    uint32_t steps_done : 6;  /* of the table in steps.c; those are undone */
    bool has_promise : 1;     /* room in the indexes is reserved for it */
    bool is_started : 1;      /* _load has run, _unload has not */
    bool is_listed : 1;       /* of a primary: its group is listed as unwanted */
    bool has_refused : 1;     /* of a primary: its group has, in the sweep that is going on */
    bool has_member : 1;      /* the file is an archive; the member's name stands behind the path */
    const char *path;

    struct group *group;
    struct list in_group;

    struct list link;          /* in the order of publishing */
    struct table_link by_kmid; /* hash: the kmid, see extension_kmid */
    struct stack_link by_path; /* hash: hash_name of the path; primaries only */
    uintptr_t base;            /* of its text and data; 0 when it has none */
    struct segment segments[SEGMENT_COUNT];
    const struct extension_blocks *blocks; /* or blocks_none */

    uint32_t definition_count;
    uint32_t provider_count;
    struct symbols symbols;
    union {
        struct extension *only; /* when there is one */
        struct extension **all; /* when there are more */
    } providers;                /* those whose use count this one holds up */

    const struct functions *functions; /* constructors and destructors, or functions_none */
    int (*load)(void);                 /* _load and _unload, or NULL */
    int (*unload)(void);
    uintptr_t entry; /* the entry point for configuration (modld -e), or 0 */
};

static inline uint32_t linkage_block_bytes(const struct linkage_block *block)
{
    return block->layout.table_bytes + block->layout.stubs_bytes;
}

_Static_assert(PLACEMENT_SIZE_MAX / HOST_PAGE_SIZE < 1u << 20, "page_count holds it");

/* 0 for the kernel and for one that is not published. */
static inline uint32_t extension_kmid(const struct extension *extension)
{
    return extension->by_kmid.hash;
}

/* The archive member that it was; "" when the file is no archive. */
static inline const char *extension_member(const struct extension *extension)
{
    return extension->has_member ? extension->path + strlen(extension->path) + 1 : "";
}

/* Its definitions, right behind it. */
static inline struct definition *extension_definitions(struct extension *extension)
{
    return (struct definition *)(extension + 1);
}
_Static_assert(_Alignof(struct extension) >= _Alignof(struct definition), "they can stand there");

static inline struct extension *const *extension_providers(const struct extension *extension)
{
    return extension->provider_count == 1 ? &extension->providers.only : extension->providers.all;
}

static inline bool extension_is_primary(const struct extension *extension)
{
    return extension->group->primary == extension;
}
