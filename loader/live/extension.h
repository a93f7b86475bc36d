/* An extension as a living thing; private to loader/live. The loader's lock protects all of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"
#include "lib/stacks.h"
#include "lib/table.h"
#include "loader/image/arrays.h"
#include "loader/image/linkage.h"
#include "loader/image/placement.h"
#include "loader/image/symbols.h"
#include "loader/link/name_space.h"

struct extension;

/*
 * The objects of one load request: the primary and its private dependents, each wanted by another of
 * them, cycles included. They live and go together (AIX reference, section 4).
 */
struct group {
    struct list members; /* dependents before those that need them; the primary comes last */
    struct extension *primary;
    struct list unwanted; /* in loader.unwanted while is_listed */
    bool is_listed;
    bool has_refused; /* in the sweep that is going on */
};

/* Slots and stubs (image/linkage.h) in pages of their own; address 0 when there are none. */
struct linkage_block {
    uintptr_t address;
    struct linkage_layout layout;
};

/*
 * One instance. The record is one piece of the host's memory, made by the step "record":
 *
 *   | struct extension | group | definitions ... | symbols | their names | path | member | short name |
 *
 * Only a primary's record has the group in it.
 */
struct extension {
    struct name_owner owner; /* owner.name is the short name: "fmt" of /usr/lib/ext/fmt.a */
    uint32_t kmid;           /* 0 for the kernel and for one that is not published yet */
    uint32_t load_count;     /* load requests not taken back; 0 for a dependent */
    uint32_t use_count;      /* objects bound to a definition of this one */
    uint32_t inner_uses;     /* of those, the ones of its own group */
    const char *path;
    const char *member; /* "" when the file is no archive */

    struct group *group;
    struct list in_group;

    struct list link;          /* in the order of publishing */
    struct table_link by_kmid; /* hash: the kmid */
    struct stack_link by_path; /* hash: hash_name of the path; primaries only */
    bool has_promise;          /* room in the indexes is reserved for it */
    bool is_started;           /* _load has run, _unload has not */
    uint8_t steps_done;        /* of the table in steps.c; those are undone */

    uintptr_t base; /* of its text and data; 0 when it has none */
    size_t page_count;
    struct segment segments[SEGMENT_COUNT];
    struct linkage_block linkage;  /* that its relocations needed */
    struct linkage_block indirect; /* of its indirect functions (image/indirect.h) */

    struct definition *definitions;
    uint32_t definition_count;
    struct symbols symbols;
    struct extension **providers; /* those whose use count this one holds up */
    uint32_t provider_count;

    struct functions functions; /* constructors and destructors; memory of its own, mostly none */
    int (*load)(void);          /* _load and _unload, or NULL */
    int (*unload)(void);
    uintptr_t entry; /* the entry point for configuration (modld -e), or 0 */
};

static inline uint32_t linkage_block_bytes(const struct linkage_block *block)
{
    return block->layout.table_bytes + block->layout.stubs_bytes;
}

static inline bool extension_is_primary(const struct extension *extension)
{
    return extension->group->primary == extension;
}
