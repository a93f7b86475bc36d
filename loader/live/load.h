/*
 * A load in progress; private to loader/live.
 *
 * A load is a transaction over a group of objects: the primary, its private dependents, and whatever
 * their _load functions ask the loader for (journal.h). steps.c holds the one table of steps: a load
 * runs it downwards; a failed load and an unload run the undoing halves upwards.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/diagnosis.h"
#include "loader/image/archive_index.h"
#include "loader/image/image.h"
#include "loader/image/unify.h"
#include "loader/link/resolve.h"
#include "loader/live/extension.h"
#include "loader/live/journal.h"
#include "loader/live/loader.h"
#include "loader/live/scratch.h"

#define LOAD_DEPENDENTS_MAX 4096 /* objects of one load */
#define LOAD_FOLDERS_MAX    16   /* of a library path */
/* Bytes of all paths that are tried for bare names of a load: 4,096 names along 16 folders of 64 bytes. */
#define LOAD_SEARCH_BYTES_MAX (4u << 20)
_Static_assert(LOAD_DEPENDENTS_MAX < IMAGE_FILES_MAX, "one object may name all of them");

/* A file that a load has open, whatever it is called, in the load's scratch memory. */
struct load_file {
    struct span contents;
    struct member *object;      /* of a file that is no archive, or an archive that is damaged */
    struct archive_index index; /* of an archive, from load_file_index on */
    struct member **members;    /* by place in the index; NULL for one that nobody wanted yet */
};

/* What only the load itself needs to know of one of its objects, in the load's scratch memory. */
struct member {
    struct list link; /* in load->members */
    struct load *load;
    struct member *wanted_by;    /* who first imported from it; NULL for the primary */
    const char *path;            /* after the search along the library path */
    const char *wanted;          /* the archive member that was named; "" for none */
    struct extension *extension; /* from the step "record" on */

    struct load_file *file;
    enum status opened;           /* of a dependent: what opening its file ended with */
    struct archive_member object; /* contents: the object; name "" when the file is no archive */
    struct image image;
    struct unified unified;
    const char *library_path;         /* along which its bare names are looked for; NULL for none */
    struct member **files;            /* by import file: who provides it; NULL for /unix */
    const struct name_owner **owners; /* their names' owners, for resolving; NULL for /unix */
    uint32_t file_count;
    uint32_t *offsets;
    struct placement placement;

    struct member *order_parent; /* the walk that puts dependents first (load_order.c) */
    uint32_t order_next;
    bool is_ordered;
    bool is_refused; /* a plan goes on without it */
};

struct load {
    const struct loader_request *request;
    struct diagnosis *diagnosis;
    struct list members; /* the primary first; from the step "record" on dependents first */
    size_t member_count;
    struct member *primary;
    struct load_file **files; /* by address */
    size_t file_count;
    size_t file_limit;
    uint32_t search_bytes;  /* of the paths that were tried for bare names */
    uint32_t nearest_steps; /* left for suggestions of names: see name_space_nearest */
    struct group *group;    /* where the group is: here, then in the primary's record */
    struct group gathering;
    struct scratch scratch;
    struct undertaking undertaking; /* what its _load functions asked for */
    bool has_indirect;              /* one of its objects has indirect functions */
    struct planning
        *planning; /* not NULL: stop before anything runs, tell what would be (plan.h) */
};

/* Runs every step; on failure undoes those that succeeded and returns the failure's status. */
MUST_CHECK enum status steps_run(struct load *load);
/*
 * Undoes, for every object of the group, the steps that it has behind it: all of them for one that has
 * been stopped. Cannot fail. Frees the objects' records and with them the group.
 */
void steps_undo(struct group *group);

/*
 * The steps, one file for each part of a load's life. Forward: OK, or a status with the diagnosis
 * filled and nothing left behind. Back: undoes what lasts, cannot fail; the record itself is freed behind
 * the last one. What only the load needs is freed when it ends, however it ends.
 */
enum status step_admit(struct member *member); /* load_read.c */
enum status step_read(struct member *member);
enum status step_choose(struct member *member);
enum status step_check(struct member *member);

enum status step_gather(struct member *member); /* load_gather.c */

enum status step_record(struct member *member); /* load_place.c */
void step_record_back(struct extension *extension);
enum status step_place(struct member *member);
void step_place_back(struct extension *extension);
enum status step_functions(struct member *member); /* load_functions.c */
void step_functions_back(struct extension *extension);

enum status step_define(struct member *member); /* load_bind.c */
void step_define_back(struct extension *extension);
enum status step_resolve(struct member *member);
void step_resolve_back(struct extension *extension);

enum status step_relocate(struct member *member); /* load_relocate.c */
void step_relocate_back(struct extension *extension);
enum status step_seal(struct member *member);

enum status step_functions(struct member *member); /* load_functions.c */
void step_functions_back(struct extension *extension);

/* Part of the step "place": stubs that stand for indirect functions from now on, and giving them back. */
enum status indirect_make(struct member *member); /* load_indirect.c */
void indirect_release(struct extension *extension);
enum status step_indirect(struct member *member);

enum status step_start(struct member *member); /* load_start.c */
void step_start_back(struct extension *extension);
enum status step_publish(struct member *member);
void step_publish_back(struct extension *extension);

/*
 * The extension's blocks, to be filled: made when there are none yet; NULL when there is no memory. Undoing
 * the step "place" gives them back, when their pages are free.
 */
struct extension_blocks *blocks_take(struct extension *extension);
void blocks_release(struct extension *extension);
/* Frees the block's pages, if it has any; then it has none. */
void linkage_block_release(const struct linkage_block *block);

/* Adds an object to the load; NULL when there is no memory (the diagnosis is filled). */
struct member *member_create(struct load *load, const char *path, const char *wanted,
                             struct member *wanted_by);

/*
 * Opens a file for the load, until load_files_close; one that is open already is the same *file. Fails as
 * host_file_open does, or with NO_MEMORY; the diagnosis is not filled.
 */
MUST_CHECK enum status load_file_open(struct load *load, const char *path, struct load_file **file);
bool load_file_is_archive(const struct load_file *file);
/* Sees to the index of an archive. Fails as archive_index_size does, or with NO_MEMORY. */
MUST_CHECK enum status load_file_index(struct load *load, struct load_file *file,
                                       struct diagnosis *diagnosis);
void load_files_close(struct load *load);
/* Has the load's diagnosis name the object; a step may have named a member of its archive. */
void member_name(const struct member *member);
/* Where its imports are looked for; from resolving on. */
struct import_scope member_scope(const struct member *member);

/* Puts dependents before those that need them; members of a cycle come as they were met. */
void load_order(struct load *load);
