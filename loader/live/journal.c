/* Undertakings and their journals; see the header. */
#include "loader/live/journal.h"

#include "lib/assert.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/fault.h"
#include "loader/live/group.h"
#include "loader/live/load.h"
#include "loader/live/state.h"

void undertaking_begin(struct undertaking *undertaking)
{
    list_init(&undertaking->journal);
    undertaking->outer = loader.innermost;
    loader.innermost = undertaking;
}

void undertaking_end(struct undertaking *undertaking)
{
    ASSERT(loader.innermost == undertaking && list_is_empty(&undertaking->journal));
    loader.innermost = undertaking->outer;
}

unsigned undertaking_depth(void)
{
    unsigned depth = 0;
    for (const struct undertaking *u = loader.innermost; u != NULL; u = u->outer)
        depth++;
    return depth;
}

bool undertaking_loads(const char *path)
{
    for (const struct undertaking *u = loader.innermost; u != NULL; u = u->outer) {
        if (u->path != NULL && strcmp(u->path, path) == 0)
            return true;
    }
    return false;
}

struct journal_entry *journal_prepare(bool *is_refused)
{
    *is_refused = false;
    if (loader.innermost == NULL)
        return NULL;
    struct journal_entry *entry = fault_allocate(sizeof(*entry));
    *is_refused = entry == NULL;
    return entry;
}

void journal_note(struct journal_entry *entry, enum journal_deed deed, struct extension *extension)
{
    if (entry == NULL)
        return;
    entry->deed = deed;
    entry->extension = extension;
    list_add_first(&loader.innermost->journal, &entry->link);
}

void journal_discard(struct journal_entry *entry)
{
    host_release(entry);
}

static void make_final(struct journal_entry *entry)
{
    bool is_unload = entry->deed == JOURNAL_DROPPED || entry->deed == JOURNAL_ASKED;
    if (is_unload && !group_is_wanted(entry->extension->group))
        loader.is_sweep_due = true;
    journal_discard(entry);
}

/* Oldest first, so that the outer journal stays newest first. */
void journal_commit(struct undertaking *undertaking)
{
    while (!list_is_empty(&undertaking->journal)) {
        struct list *oldest = undertaking->journal.previous;
        list_remove(oldest);
        if (undertaking->outer != NULL)
            list_add_first(&undertaking->outer->journal, oldest);
        else
            make_final(LIST_ENTRY(oldest, struct journal_entry, link));
    }
}

static void undo(const struct journal_entry *entry)
{
    struct extension *extension = entry->extension;
    switch (entry->deed) {
    case JOURNAL_LOADED:
        steps_undo(extension->group);
        break;
    case JOURNAL_COUNTED:
        extension->load_count--;
        group_consider(extension->group);
        break;
    case JOURNAL_DROPPED:
        extension->load_count++;
        break;
    case JOURNAL_ASKED:
        break;
    }
}

void journal_undo(struct undertaking *undertaking)
{
    while (!list_is_empty(&undertaking->journal)) {
        struct list *newest = undertaking->journal.next;
        struct journal_entry *entry = LIST_ENTRY(newest, struct journal_entry, link);
        list_remove(newest);
        undo(entry);
        journal_discard(entry);
    }
}
