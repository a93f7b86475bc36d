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

enum phase { PHASE_COLLECT, PHASE_PLACE, PHASE_BIND, PHASE_START, PHASE_PUBLISH, PHASE_COUNT };

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
    {"relocate", PHASE_BIND, step_relocate, NULL},
    {"seal", PHASE_BIND, step_seal, NULL},
    {"start", PHASE_START, step_start, step_start_back},
    /* The point of no return: this step cannot fail. */
    {"publish", PHASE_PUBLISH, step_publish, step_publish_back},
};

/* Only a failure needs names. A step may have named a member of the archive already. */
static void name_object(struct diagnosis *diagnosis, const struct member *member)
{
    text_copy(diagnosis->file, sizeof(diagnosis->file), member->path);
    if (diagnosis->member[0] == '\0')
        diagnosis_set_member(diagnosis, member->object.name);
}

static enum status run_member(struct member *member, enum phase phase)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    diagnosis->member[0] = '\0';
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        if (steps[i].phase != phase)
            continue;
        enum status status = phase != PHASE_PUBLISH && fault_point()
                                 ? diagnose(diagnosis, STATUS_FAULT_INJECTED, "%s", steps[i].name)
                                 : steps[i].forward(member);
        if (status != STATUS_OK) {
            name_object(diagnosis, member);
            return status;
        }
        member->steps_done = i + 1;
    }
    return STATUS_OK;
}

/* The list may grow at its end while it is walked. */
static enum status run_phase(struct load *load, enum phase phase)
{
    enum status status = STATUS_OK;
    for (struct list *link = load->members.next; link != &load->members && status == STATUS_OK;
         link = link->next)
        status = run_member(LIST_ENTRY(link, struct member, link), phase);
    return status;
}

static void undo_load(struct load *load)
{
    for (size_t i = ARRAY_COUNT(steps); i > 0; i--) {
        for (struct list *link = load->members.previous; link != &load->members;
             link = link->previous) {
            struct member *member = LIST_ENTRY(link, struct member, link);
            if (member->steps_done >= i && steps[i - 1].back != NULL)
                steps[i - 1].back(member->extension);
        }
    }
    host_release(load->group);
}

void steps_undo_group(struct group *group)
{
    for (size_t i = ARRAY_COUNT(steps); i > 0; i--) {
        struct list *link = group->members.previous;
        while (link != &group->members && steps[i - 1].back != NULL) {
            struct extension *extension = LIST_ENTRY(link, struct extension, in_group);
            link = link->previous;
            steps[i - 1].back(extension);
        }
    }
    group_unlist(group);
    host_release(group);
}

/* What would be undone after a real load is told to whoever asked for a plan. */
static enum status finish_plan(struct load *load)
{
    plan_fill(load);
    undo_load(load);
    return STATUS_OK;
}

static enum status run_phases(struct load *load)
{
    enum status status = run_phase(load, PHASE_COLLECT);
    if (status == STATUS_OK)
        load_order(load);
    for (int phase = PHASE_PLACE; phase < PHASE_COUNT && status == STATUS_OK; phase++) {
        if (phase == PHASE_START && load->plan != NULL)
            return finish_plan(load);
        status = run_phase(load, (enum phase)phase);
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
    list_for_each_safe (link, &load->members)
        member_destroy(LIST_ENTRY(link, struct member, link));
    return status;
}
