/*
 * Relocations: reading the entries of a relocation section and applying them to placed bytes. Every
 * entry is checked here, where it is used: its place, its symbol, its type, and that the value fits.
 * Pure: writes only inside the block.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "loader/image/image.h"
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
 * filled and *status is OK or RELOCATION_TABLE.
 */
MUST_CHECK bool relocations_open(const struct image *image, uint32_t index,
                                 struct relocations *relocations, enum status *status,
                                 struct diagnosis *diagnosis);

/* Entry `index` (below count), as it stands in the file: nothing in it is checked. */
struct relocation relocations_get(const struct image *image, const struct relocations *relocations,
                                  uint32_t index);

/*
 * Applies every relocation of the image to `block`, which holds the sections as placed and will be
 * used at address `base`. Fails with RELOCATION_*, the diagnosis naming section, place and symbol;
 * the block's contents are undefined then.
 */
MUST_CHECK enum status relocate(const struct image *image, const struct placement *placement,
                                const struct symbols *symbols, uint8_t *block, uint64_t base,
                                struct diagnosis *diagnosis);

/* Behind which entry an earlier call stopped. {0}: at the first one. */
struct relocation_cursor {
    uint32_t section;
    uint32_t entry;
};

/*
 * The same from `cursor` on. After a failure the cursor stands behind what failed: another call finds
 * what else does.
 */
MUST_CHECK enum status relocate_from(struct relocation_cursor *cursor, const struct image *image,
                                     const struct placement *placement,
                                     const struct symbols *symbols, uint8_t *block, uint64_t base,
                                     struct diagnosis *diagnosis);
