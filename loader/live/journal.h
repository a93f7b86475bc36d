/*
 * Requests made from inside _load and _unload belong to the request that they were made from: when
 * that one fails, they are taken back too (a failed load leaves no trace). Private to loader/live.
 *
 * An undertaking is a load or an unload while functions of extensions run. What was asked of the
 * loader meanwhile stands in its journal, newest first.
 */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "lib/list.h"
#include "loader/live/extension.h"

/* What was done to an extension, in the order of undoing it. */
enum journal_deed {
    JOURNAL_LOADED,  /* a new group was loaded */
    JOURNAL_COUNTED, /* one more load request */
    JOURNAL_DROPPED, /* one load request less */
    JOURNAL_ASKED,   /* unloading was asked for, but there was no load request to take back */
};

struct journal_entry {
    struct list link;
    enum journal_deed deed;
    struct extension *extension;
};

struct undertaking {
    struct undertaking *outer;
    const char *path;    /* of the load; NULL for an unload */
    struct load *load;   /* NULL for an unload */
    struct list journal; /* newest first */
};

/* Makes an undertaking the innermost one; ends it. */
void undertaking_begin(struct undertaking *undertaking);
void undertaking_end(struct undertaking *undertaking);

/* How many undertakings are under way, and whether one of them loads this path. */
unsigned undertaking_depth(void);
bool undertaking_loads(const char *path);

/*
 * An entry for the innermost undertaking, NULL when there is none under way or no memory: the latter
 * is told by *is_refused. It is made before the deed, so that the deed cannot fail to be noted.
 */
struct journal_entry *journal_prepare(bool *is_refused);
/* Notes a deed in a prepared entry (NULL: nothing to note), or gives the entry back unused. */
void journal_note(struct journal_entry *entry, enum journal_deed deed, struct extension *extension);
void journal_discard(struct journal_entry *entry);

/*
 * Hands the journal on to the outer undertaking. The outermost forgets it: its requests are final, and
 * where one of them left a group unwanted a sweep is due.
 */
void journal_commit(struct undertaking *undertaking);
/* Takes back everything in the journal. */
void journal_undo(struct undertaking *undertaking);
