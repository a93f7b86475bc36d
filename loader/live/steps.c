/*
 * The one table of steps: a load reads it downwards, a roll-back and an unload read it upwards.
 */
#include "loader/live/load.h"

#include <stddef.h>

#include "lib/assert.h"

static const struct step {
    const char *name;
    enum status (*forward)(struct load *load);
    void (*back)(struct load *load); /* NULL when there is nothing to undo */
} steps[] = {
    {"admit", step_admit, NULL},
    {"read", step_read, step_read_back},
    {"choose member", step_choose, NULL},
    {"check", step_check, NULL},
    {"gather dependents", step_gather, NULL},
    {"record", step_record, step_record_back},
    {"place", step_place, step_place_back},
    {"define", step_define, step_define_back},
    {"resolve", step_resolve, step_resolve_back},
    {"relocate", step_relocate, NULL},
    {"seal", step_seal, NULL},
    {"start", step_start, step_start_back},
    /* The point of no return: this step cannot fail. */
    {"publish", step_publish, step_publish_back},
};

static void undo(struct load *load, size_t count)
{
    while (count > 0) {
        count--;
        if (steps[count].back != NULL)
            steps[count].back(load);
    }
}

enum status steps_run(struct load *load)
{
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        enum status status = steps[i].forward(load);
        if (status == STATUS_OK)
            continue;
        ASSERT(load->diagnosis->status == status);
        undo(load, i);
        return status;
    }
    load_finish(load);
    return STATUS_OK;
}

void steps_undo_all(struct load *load)
{
    undo(load, ARRAY_COUNT(steps));
}
