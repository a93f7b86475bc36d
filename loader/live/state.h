/*
 * Everything the loader remembers between requests; private to loader/live.
 *
 * Invariants, true whenever the lock is free:
 *   1. each extension is in the list and in both indexes; its kmid is unique and never used again
 *   2. its owner is visible, and all of its definitions are in the name space
 *   3. its use count is the number of extensions that have it among their providers
 *   4. indexes and name space have no more memory than their elements need
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/live/extension.h"

struct loader {
    struct name_space names;
    struct extension *kernel; /* instance zero */
    struct list extensions;   /* oldest first */
    /* Whose _load runs: not in the list yet, but a backtrace must know it. NULL otherwise. */
    const struct extension *starting;
    struct table by_kmid;
    struct table by_path;
    size_t extension_count;
    uint32_t next_kmid;
};

extern struct loader loader;

/* Sets up empty indexes. */
void state_init(void);

/* Adds an extension under a new kmid; room in the indexes has been reserved. */
void state_add(struct extension *extension);
void state_remove(struct extension *extension);
/* Room for one more extension in the indexes; false when there is no memory. */
MUST_CHECK bool state_reserve(void);
/* Gives back room that is not used. */
void state_trim(void);

/* The extension with this kmid, or NULL. */
struct extension *state_find_kmid(uint32_t kmid);
/* The newest extension loaded under this path name, or NULL. */
struct extension *state_find_path(const char *path);
