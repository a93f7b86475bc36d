/*
 * Telling what a load would do, or why not: a load that stops before anything runs, and that goes on
 * after a failure where that finds further reasons. Private to loader/live.
 *
 *   what fails                      how the plan goes on
 *   a file, a member, the check     without that object; names from it are not asked for
 *   a search along the libpath      with the other import files
 *   the place, exports, entries     without that object
 *   names that are not exported     as if they were within reach, with the relocations
 *   a relocation                    with the next one
 *
 * In an ordinary load everything here answers that it is none, and costs nothing before a failure.
 */
#pragma once

#include "loader/image/relocation.h"
#include "loader/live/load.h"

/* A plan being made. */
struct planning {
    const struct loader_plan *plan;
    struct diagnosis *first; /* the caller's: the first reason */
    size_t refusals;
    bool is_limit_told; /* a limit that every further object meets is one reason */
};

/* Tells of a failure, and makes `diagnosis` one of success again. */
void plan_refuse(struct planning *planning, struct diagnosis *diagnosis);

/*
 * Behind a failure in `member`, with the load's diagnosis filled. In an ordinary load: false. In a
 * plan: tells the reason, makes the diagnosis one of success again, and returns true; but false for the
 * last reason that is told, LOADER_PLAN_REASONS_MAX: the plan ends with it.
 */
MUST_CHECK bool plan_goes_on(struct member *member);

/* True when a limit was met in a plan that makes looking for further dependents useless. */
static inline bool plan_is_full(const struct member *member)
{
    const struct planning *planning = member->load->planning;
    return planning != NULL && planning->is_limit_told;
}

/*
 * The same for a dependent that is not to be had: NULL, or in a plan a stand-in without names. In one that is
 * full there is nothing to tell.
 */
struct member *plan_without(struct member *member);
/* Whose the names of such a dependent are. */
extern const struct name_owner plan_absent_owner;

/*
 * For an object with unresolved names, whose imports' addresses have been spoilt: gives every import an
 * address within reach. Only in a plan.
 */
void plan_suppose(struct member *member);
/* Behind a relocation that failed with `status`: in a plan, notes PLAN_PLACES_MAX others that fail. */
#define PLAN_PLACES_MAX 100
void plan_other_places(struct member *member, struct relocating *work, enum status status);

/* Tells of every object, if nothing was refused; else the first refusal's status. */
MUST_CHECK enum status plan_tell(const struct load *load);
