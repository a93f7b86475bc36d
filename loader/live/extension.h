/* An extension as a living thing; private to loader/live. The loader's lock protects all of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"
#include "lib/table.h"
#include "loader/image/placement.h"
#include "loader/image/symbols.h"
#include "loader/link/name_space.h"

/*
 * One instance. The record is one piece of the host's memory, made by the step "record":
 *
 *   | struct extension | definitions ... | symbols | their names | path | member | short name |
 */
struct extension {
    struct name_owner owner; /* owner.name is the short name: "fmt" of /usr/lib/ext/fmt.a */
    uint32_t kmid;           /* 0 for the kernel and for one that is not published yet */
    uint32_t load_count;     /* load requests not taken back */
    uint32_t use_count;      /* other extensions bound to a definition of this one */
    const char *path;
    const char *member; /* "" when the file is no archive */

    struct list link;          /* in the order of publishing */
    struct table_link by_kmid; /* hash: the kmid */
    struct table_link by_path; /* hash: hash_name of the path */

    uintptr_t base; /* of its text and data; 0 when it has none */
    size_t page_count;
    struct segment segments[SEGMENT_COUNT];

    struct definition *definitions;
    uint32_t definition_count;
    struct symbols symbols;
    struct extension **providers; /* those whose use count this one holds up */
    uint32_t provider_count;

    int (*load)(void); /* _load and _unload, or NULL */
    int (*unload)(void);
};
