/*
 * The one table of steps: a load reads it downwards, a roll-back and an unload read it upwards.
 *
 * Steps come in phases. Downwards, each phase is done by every object of the group before the next
 * begins; the first one adds the dependents that it finds to the end of the line. Upwards, each step is
 * undone for every object, the last one first.
 */
#include <stddef.h>

#include "lib/assert.h"
#include "lib/text.h"
#include "loader/host.h"
#include "loader/live/fault.h"
#include "loader/live/group.h"
#include "loader/live/load.h"
#include "loader/live/plan.h"
#include "loader/live/state.h"

enum phase {
    PHASE_COLLECT,
    PHASE_PLACE,
    PHASE_BIND,
    PHASE_INDIRECT, /* the first in which code runs */
    PHASE_START,
    PHASE_PUBLISH,
};

static const struct step {
    const char *name;
    enum phase phase;
    enum status (*forward)(struct member *member);
    void (*back)(struct extension *extension); /* NULL when nothing of it lasts */
} steps[] = {
    {"admit", PHASE_COLLECT, step_admit, NULL},
    {"read", PHASE_COLLECT, step_read, NULL},
    {"choose member", PHASE_COLLECT, step_choose, NULL},
    {"check", PHASE_COLLECT, step_check, NULL},
    {"gather dependents", PHASE_COLLECT, step_gather, NULL},
    {"record", PHASE_PLACE, step_record, step_record_back},
    {"place", PHASE_PLACE, step_place, step_place_back},
    {"define", PHASE_PLACE, step_define, step_define_back},
    {"resolve", PHASE_BIND, step_resolve, step_resolve_back},
    {"relocate", PHASE_BIND, step_relocate, step_relocate_back},
    {"collect functions", PHASE_BIND, step_functions, step_functions_back},
    {"seal", PHASE_BIND, step_seal, NULL},
    {"resolve indirect functions", PHASE_INDIRECT, step_indirect, NULL},
    {"start", PHASE_START, step_start, step_start_back},
    /* The point of no return: this step cannot fail. */
    {"publish", PHASE_PUBLISH, step_publish, step_publish_back},
};

_Static_assert(ARRAY_COUNT(steps) <= STEPS_DONE_MAX, "an extension can say that all are done");

/* Only a failure needs names. */
void member_name(const struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    text_copy(diagnosis->file, sizeof(diagnosis->file), member->path);
    if (diagnosis->member[0] == '\0')
        diagnosis_set_member(diagnosis, member->object.name);
    diagnosis->is_dependent = member != member->load->primary;
}

/* Steps `first` to `end` - 1, which are those of one phase, for one object. */
static enum status run_member(struct member *member, size_t first, size_t end)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    enum status status = STATUS_OK;
    size_t i = first;
    diagnosis->member[0] = '\0';
    for (; i < end; i++) {
        status = steps[i].phase != PHASE_PUBLISH && fault_point()
                     ? diagnose(diagnosis, STATUS_FAULT_INJECTED, "%s", steps[i].name)
                     : steps[i].forward(member);
        if (status != STATUS_OK) {
            member_name(member);
            break;
        }
    }
    if (member->extension != NULL)
        member->extension->steps_done = (uint32_t)i & STEPS_DONE_MAX;
    return status;
}

/* The list may grow at its end while it is walked. */
static enum status run_phase(struct load *load, size_t first, size_t end)
{
    for (struct list *link = load->members.next; link != &load->members; link = link->next) {
        struct member *member = LIST_ENTRY(link, struct member, link);
        enum status status = member->is_refused ? STATUS_OK : run_member(member, first, end);
        if (status == STATUS_OK)
            continue;
        if (!plan_goes_on(member))
            return status;
        member->is_refused = true;
    }
    return STATUS_OK;
}

/* The group itself may be in the record of the primary, which comes last. */
static void free_records(struct group *group)
{
    struct list *link = group->members.next;
    const struct list *end = &group->members;
    while (link != end) {
        struct extension *extension = LIST_ENTRY(link, struct extension, in_group);
        link = link->next;
        host_release(extension);
    }
}

void steps_undo(struct group *group)
{
    for (size_t i = ARRAY_COUNT(steps); i > 0; i--) {
        for (struct list *link = group->members.previous;
             link != &group->members && steps[i - 1].back != NULL; link = link->previous) {
            struct extension *extension = LIST_ENTRY(link, struct extension, in_group);
            if (extension->steps_done >= i)
                steps[i - 1].back(extension);
        }
    }
    group_unlist(group);
    free_records(group);
}

/* Afterwards the load has a group without objects: it may still be looked at (loader_find_address). */
static void undo_load(struct load *load)
{
    steps_undo(load->group);
    load->group = &load->gathering;
    list_init(&load->gathering.members);
}

/* What would be there after a load is told to whoever asked for a plan. */
static enum status finish_plan(struct load *load)
{
    enum status status = plan_tell(load);
    undo_load(load);
    return status;
}

static enum status run_phases(struct load *load)
{
    enum status status = STATUS_OK;
    size_t first = 0;
    while (first < ARRAY_COUNT(steps) && status == STATUS_OK) {
        enum phase phase = steps[first].phase;
        size_t end = first;
        while (end < ARRAY_COUNT(steps) && steps[end].phase == phase)
            end++;
        if (phase == PHASE_PLACE)
            load_order(load);
        if (phase == PHASE_INDIRECT && load->planning != NULL)
            return finish_plan(load);
        if (phase != PHASE_INDIRECT || UNLIKELY(load->has_indirect))
            status = run_phase(load, first, end);
        first = end;
    }
    if (status != STATUS_OK)
        undo_load(load);
    return status;
}

enum status steps_run(struct load *load)
{
    undertaking_begin(&load->undertaking);
    enum status status = run_phases(load);
    if (status == STATUS_OK)
        journal_commit(&load->undertaking);
    else
        journal_undo(&load->undertaking);
    undertaking_end(&load->undertaking);
    load_files_close(load);
    return status;
}
