/*
 * A load in progress and the steps it goes through; private to loader/live.
 *
 * steps.c holds the one table of steps. A load runs it downwards; a failed load and an unload run the
 * undoing halves upwards.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/diagnosis.h"
#include "loader/image/archive.h"
#include "loader/image/image.h"
#include "loader/live/extension.h"

struct load {
    const char *path;
    struct diagnosis *diagnosis;
    struct extension *extension; /* from the step "record" on */

    /* What only the load itself needs; absent when an extension is being unloaded. */
    bool is_file_open;
    struct span file;
    struct archive_member member; /* contents: the object; name "" when the file is no archive */
    struct image image;
    uint32_t *offsets;
    struct placement placement;

    bool is_stopped; /* _unload has run already: undoing must not call it again */
};

/* Runs every step; on failure undoes those that succeeded and returns the failure's status. */
MUST_CHECK enum status steps_run(struct load *load);
/* Undoes every step for an extension that is being unloaded. Cannot fail. */
void steps_undo_all(struct load *load);

/*
 * The steps, one file for each part of a load's life. Forward: OK, or a status with load->diagnosis
 * filled and nothing left behind. Back: undoes it, cannot fail.
 */
enum status step_admit(struct load *load); /* load_read.c */
enum status step_read(struct load *load);
void step_read_back(struct load *load);
enum status step_choose(struct load *load);
enum status step_check(struct load *load);

enum status step_gather(struct load *load); /* load_bind.c */
enum status step_define(struct load *load);
void step_define_back(struct load *load);
enum status step_resolve(struct load *load);
void step_resolve_back(struct load *load);

enum status step_record(struct load *load); /* load_place.c */
void step_record_back(struct load *load);
enum status step_place(struct load *load);
void step_place_back(struct load *load);
enum status step_relocate(struct load *load);
enum status step_seal(struct load *load);

enum status step_start(struct load *load); /* load_start.c */
void step_start_back(struct load *load);
enum status step_publish(struct load *load);
void step_publish_back(struct load *load);

/* Runs _unload of an extension that is still whole; UNLOAD_REFUSED when it returns an error. */
MUST_CHECK enum status extension_stop(struct extension *extension, struct diagnosis *diagnosis);
/* Gives back what only the load needed. */
void load_finish(struct load *load);

/* Exports of an image, one after the other (load_bind.c). */
struct export_walk {
    const struct image *image;
    uint32_t next; /* record of .mod.exports, or symbol when there is no such section */
};
struct export_item {
    uint32_t symbol;
    uint32_t hash;
    uint32_t mclass;
};
MUST_CHECK bool export_walk_next(struct export_walk *walk, struct export_item *item);

/* True for _load and _unload, which belong to their own object and are never global. */
bool is_entry_point(const char *name);
