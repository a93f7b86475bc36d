/* The known names that are most like one that is not known. */
#pragma once

#include <stddef.h>

#define NEAREST_MAX      3
#define NEAREST_TEXT_MAX 512

struct nearest {
    const char *wanted;
    unsigned limit; /* a name that differs more is not like it at all */
    size_t count;
    struct {
        const char *name; /* borrowed */
        unsigned distance;
    } best[NEAREST_MAX]; /* nearest first; the one offered first comes before its equals */
};

void nearest_open(struct nearest *nearest, const char *wanted);
void nearest_offer(struct nearest *nearest, const char *name);
/* "; nearest: a, b", or "" when nothing is near. Cut where it does not fit. */
void nearest_format(const struct nearest *nearest, char text[NEAREST_TEXT_MAX]);
