/*
 * Relocations: reading the entries of a relocation section and applying them to placed bytes. Every
 * entry is checked here, where it is used: its place, its symbol, its type, and that the value fits.
 * Pure: writes only inside the block.
 *
 * Which values come to which places is told in docs/relocations.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "loader/image/image.h"
#include "loader/image/linkage.h"
#include "loader/image/placement.h"
#include "loader/image/symbols.h"

/* A checked relocation section. */
struct relocations {
    uint32_t section;        /* its index */
    uint32_t target_section; /* what it relocates */
    struct span entries;
    uint32_t entry_size;
    uint32_t count;
    bool has_addend; /* RELA; else the addend stands at the place (REL) */
};

struct relocation {
    uint64_t offset; /* in the target section */
    uint32_t type;
    uint32_t symbol;
    int64_t addend; /* RELA only */
};

/*
 * True when section `index` holds relocations for a section that gets memory; then *relocations is
 * filled. *status is OK, or RELOCATION_TABLE when it holds relocations that are not usable.
 */
MUST_CHECK bool relocations_open(const struct image *image, uint32_t index,
                                 struct relocations *relocations, enum status *status,
                                 struct diagnosis *diagnosis);

/* Entry `index` (below count), as it stands in the file: nothing in it is checked. */
struct relocation relocations_get(const struct image *image, const struct relocations *relocations,
                                  uint32_t index);

/* A walk over the entries for what gets memory; start with zeroes but for the image. */
struct relocation_walk {
    const struct image *image;
    struct relocations relocations; /* that hold the entry */
    uint32_t entry;                 /* its index in them */
    struct relocation relocation;   /* as it stands in the file: nothing in it is checked */
    uint32_t next_section;
    uint32_t next_entry;
};

/* Steps to the next entry; false when there is none. Tables that are not usable are passed over. */
bool relocations_next(struct relocation_walk *walk);

/*
 * An image that is being relocated. `section` and `entry` say where the work stands; zeroes: at the start.
 */
struct relocating {
    const struct image *image;
    const struct placement *placement;
    const struct symbols *symbols;
    uint8_t *block;                /* holds the sections as placed */
    uint64_t base;                 /* the address at which the block will be used */
    const struct linkage *linkage; /* NULL as long as nothing needed it */
    uint32_t section;              /* of relocations */
    uint32_t entry;
    bool wants_linkage;
};

/*
 * Applies every relocation of the image from where the work stands. Ends in one of three ways:
 *
 *   OK                        all are applied
 *   OK, work->wants_linkage   it stopped before an entry that needs a slot or a stub: make a linkage of what
 *                             relocations_want finds, put it into work->linkage and call again. Not twice.
 *   RELOCATION_*              the diagnosis names section, place, symbol and value; the block's contents are
 *                             undefined. The work stands at what failed: behind it (relocating_skip) another
 *                             call finds what else does.
 */
MUST_CHECK enum status relocate(struct relocating *work, struct diagnosis *diagnosis);

/* Behind an entry, or a table, at which relocate ended with `status`: OK when it wanted a linkage. */
static inline void relocating_skip(struct relocating *work, enum status status)
{
    bool is_table = status == STATUS_RELOCATION_TABLE;
    work->section += is_table ? 1 : 0;
    work->entry = is_table ? 0 : work->entry + 1;
}

/* Wants of `linkage` what the relocations need from where the work stands. */
void relocations_want(const struct relocating *work, struct linkage *linkage);
