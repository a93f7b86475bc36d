/* Stopping and unloading whole groups; private to loader/live. */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "loader/diagnosis.h"
#include "loader/live/extension.h"

/* Runs _load, or _unload, of an extension that is whole; LOAD_REFUSED or UNLOAD_REFUSED. */
MUST_CHECK enum status extension_start(struct extension *extension, struct diagnosis *diagnosis);
MUST_CHECK enum status extension_stop(struct extension *extension, struct diagnosis *diagnosis);

/*
 * Moves the group of a load to its final place, `room` in the record of its primary, which is not a
 * member yet. Returns that place.
 */
struct group *group_settle(struct group *group, struct group *room, struct extension *primary);

/* True while somebody asks for the group or is bound to it from outside. */
bool group_is_wanted(const struct group *group);

/*
 * To be called when a count of the group has gone down: a group that nobody wants is listed for the
 * next sweep, so that a sweep need not look at everything that is loaded.
 */
void group_consider(struct group *group);
/* Takes it off that list. */
void group_unlist(struct group *group);

/*
 * Stops the group, the primary first, and frees it. When an _unload refuses, those that were stopped
 * are started again, and the group stays as it was: UNLOAD_REFUSED.
 */
MUST_CHECK enum status group_unload(struct group *group, struct diagnosis *diagnosis);

/*
 * Unloads every listed group that nobody wants. Unloading one can free others, so it goes on until
 * none is left but those whose _unload refused, which stay listed. Returns the number unloaded.
 */
unsigned groups_sweep(void);
