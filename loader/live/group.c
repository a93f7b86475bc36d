/* Groups as they are unloaded; see the header. */
#include "loader/live/group.h"

#include "loader/live/journal.h"
#include "loader/live/load.h"
#include "loader/live/notes.h"
#include "loader/live/state.h"

bool group_is_wanted(const struct group *group)
{
    const struct extension *primary = group->primary;
    /* Only the primary's names are global, so only it can be used from outside. */
    return primary->load_count != 0 || primary->use_count != primary->inner_uses;
}

struct group *group_settle(struct group *group, struct group *room, struct extension *primary)
{
    *room = (struct group){.primary = primary};
    list_init(&room->members);
    list_for_each_safe (link, &group->members) {
        list_remove(link);
        list_add_last(&room->members, link);
        LIST_ENTRY(link, struct extension, in_group)->group = room;
    }
    return room;
}

void group_consider(struct group *group)
{
    if (group->primary->is_listed || group_is_wanted(group))
        return;
    list_add_last(&loader.unwanted, &group->unwanted);
    group->primary->is_listed = true;
}

void group_unlist(struct group *group)
{
    if (group->primary == NULL || !group->primary->is_listed)
        return;
    list_remove(&group->unwanted);
    group->primary->is_listed = false;
}

static void group_show(struct group *group, bool is_visible)
{
    list_for_each (link, &group->members)
        LIST_ENTRY(link, struct extension, in_group)->owner.is_visible = is_visible;
}

/* Starts those again that stand behind `link`, dependents first. What refuses now stays stopped. */
static void restart(struct group *group, struct list *link)
{
    struct diagnosis ignored;
    diagnosis_init(&ignored);
    for (link = link->next; link != &group->members; link = link->next) {
        struct extension *extension = LIST_ENTRY(link, struct extension, in_group);
        if (extension_start(extension, &ignored) != STATUS_OK)
            break;
    }
    diagnosis_release(&ignored);
}

/* Stops from the last to the first: whoever needs others before those. */
static enum status group_stop(struct group *group, struct diagnosis *diagnosis)
{
    for (struct list *link = group->members.previous; link != &group->members;
         link = link->previous) {
        struct extension *extension = LIST_ENTRY(link, struct extension, in_group);
        enum status status = extension_stop(extension, diagnosis);
        if (status != STATUS_OK) {
            restart(group, link);
            return status;
        }
    }
    return STATUS_OK;
}

enum status group_unload(struct group *group, struct diagnosis *diagnosis)
{
    struct undertaking undertaking = {.path = NULL};
    undertaking_begin(&undertaking);
    group_show(group, false);
    enum status status = group_stop(group, diagnosis);
    if (status == STATUS_OK)
        journal_commit(&undertaking);
    else
        journal_undo(&undertaking);
    undertaking_end(&undertaking);
    if (status == STATUS_OK)
        steps_undo(group);
    else
        group_show(group, true);
    return status;
}

/* The first listed group that can be tried; those that are wanted again leave the list. */
static struct group *next_unwanted(void)
{
    list_for_each_safe (link, &loader.unwanted) {
        struct group *group = LIST_ENTRY(link, struct group, unwanted);
        if (group_is_wanted(group))
            group_unlist(group);
        else if (!group->primary->has_refused)
            return group;
    }
    return NULL;
}

unsigned groups_sweep(void)
{
    unsigned count = 0;
    struct group *group;
    while ((group = next_unwanted()) != NULL) {
        struct diagnosis ignored;
        diagnosis_init(&ignored);
        group->primary->has_refused = true;
        count += group_unload(group, &ignored) == STATUS_OK;
        diagnosis_release(&ignored);
    }
    list_for_each (link, &loader.unwanted)
        LIST_ENTRY(link, struct group, unwanted)->primary->has_refused = false;
    state_trim();
    return count;
}
