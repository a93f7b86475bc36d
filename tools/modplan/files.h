/* Which objects of a file are looked at, and what is said of each. */
#pragma once

#include "tools/modplan/plan.h"

struct survey {
    const struct options *options;
    struct worlds worlds;
    size_t planned;    /* objects */
    size_t refused;    /* objects and files */
    struct span image; /* with --image: the bytes of the last object that is ok; freed at the end */
};

/* Plans every object of the file that the options ask for, and tells. */
void survey_file(struct survey *survey, const char *path);
