/*
 * What a kernel would do with one object: the pure half of a load, in the order of loader/live/steps.c,
 * up to the point where pages would be sealed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/diagnosis.h"
#include "loader/image/placement.h"
#include "tools/modplan/options.h"
#include "tools/modplan/world.h"

struct figures {
    const struct machine *machine;
    uint32_t bytes[SEGMENT_COUNT];
    uint32_t relocations; /* of what gets memory */
    uint32_t imports;
    uint32_t exports;
    uint32_t slots; /* addresses in a table that the loader makes, those of stubs not counted */
    uint32_t stubs; /* of calls that cannot reach their target */
};

struct plan {
    struct diagnosis diagnosis; /* its status is OK when the object can be loaded */
    struct figures figures;     /* of an object that can be loaded */
    struct given notes;         /* more about why it cannot, or the map */
    struct span bytes;          /* with --image: relocated; freed by plan_free */
};

void plan_make(struct span object, struct worlds *worlds, const struct options *options,
               struct plan *plan);
void plan_free(struct plan *plan);
