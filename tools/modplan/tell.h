/*
 * What modplan says, on standard output: a line for each object, and lines below it that are indented.
 * Characters of foreign names that could not be shown are shown as ?.
 */
#pragma once

#include "tools/modplan/plan.h"

/* "path" or, when `member` is not NULL, "path(member)". */
struct label {
    const char *path;
    const char *member;
};

/* With the map, when one was asked for. */
void tell_ok(const struct label *label, const struct plan *plan);
/* With the notes and what could be done about it, unless it is to be quiet. */
void tell_refused(const struct label *label, const struct plan *plan, bool is_quiet);
void tell_skipped(const struct label *label, const char *why);
