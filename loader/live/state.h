/*
 * Everything the loader remembers between requests; private to loader/live.
 *
 * Invariants, true whenever the lock is free:
 *   1. each extension is in the list and in both indexes; its kmid is unique and never used again
 *   2. its owner is visible, and all of its definitions are in the name space
 *   3. its use count is the number of extensions that have it among their providers
 *   4. indexes and name space have no more memory than their elements need
 *   5. a group that nobody wants is listed as unwanted
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/live/extension.h"
#include "loader/live/journal.h"

struct loader {
    struct name_space names;
    struct extension *kernel;      /* instance zero */
    struct list extensions;        /* oldest first */
    struct list unwanted;          /* groups for the next sweep (group.h) */
    struct undertaking *innermost; /* the request whose functions run now; NULL when none does */
    bool is_sweep_due;             /* one was asked for from inside a request, and is final */
    struct table by_kmid;
    struct stacks by_path;
    size_t extension_count;
    size_t promised; /* extensions that room in the indexes is reserved for */
    uint32_t next_kmid;
};

extern struct loader loader;

/* Sets up empty indexes. */
void state_init(void);

/* Promises room in the indexes to an extension; false when there is no memory. */
MUST_CHECK bool state_reserve(struct extension *extension);
/* Takes back a promise that was not used; nothing for one that has none. */
void state_unreserve(struct extension *extension);
/* Adds an extension, which has a promise, under a new kmid. */
void state_add(struct extension *extension);
void state_remove(struct extension *extension);
/* Gives back room that is not used. */
void state_trim(void);

/* The extension with this kmid, or NULL. */
struct extension *state_find_kmid(uint32_t kmid);
/* The newest extension loaded under this path name, or NULL. One that is being unloaded is none. */
struct extension *state_find_path(const char *path);

/* Around a short look at the state, from outside or from inside a request, which has the lock. */
bool state_look_begin(void);
void state_look_end(bool was_mine);
