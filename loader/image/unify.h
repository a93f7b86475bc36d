/*
 * Makes one definition of what stands in an object several times: COMDAT groups of one signature, of
 * which the first is kept, and COMMON symbols of one name, which share one place.
 *
 *   1. unify_size   says how much memory the rest needs; 0 for nearly every object, which needs no more
 *   2. unify        checks the groups; from then on the image's sections say which of them are
 *                   discarded (they get no memory), and the image how much room COMMON symbols take
 *   3. placement_plan, symbols_place
 *   4. unify_place  gives COMMON symbols their place, and symbols of discarded sections the address of
 *                   the kept definition of the same name
 *
 * A symbol of a discarded section whose name nothing else defines has no address. A name that two kept
 * sections define is refused.
 *
 * Pure: the caller provides the memory. Costs n log n in symbols and groups. Sources: System V gABI,
 * "Section Groups" and "Symbol Table" (SHN_COMMON).
 */
#pragma once

#include "loader/image/image.h"
#include "loader/image/placement.h"
#include "loader/image/symbols.h"

/* One definition of a name: of a symbol, or of a group by its signature. */
struct unify_item {
    const char *name;
    uint32_t hash;   /* of the name */
    uint32_t index;  /* of the symbol; of the group's section */
    uint32_t offset; /* of the place in the COMMON block that definitions of this name share */
    uint8_t rank;    /* lower ones win; see unify.c */
    bool is_first;   /* of its name */
};

struct unified {
    const void *
        *items; /* sorted: definitions of one name side by side, the one that counts first */
    uint32_t item_count;
};

/* Bytes that unify needs; 0 when there is nothing to unify. */
uint64_t unify_size(const struct image *image);

/*
 * Unifies; *image refers to `memory`, aligned to 8, from then on. Fails with GROUP_*, COMMON_SIZE or
 * SYMBOL_DUPLICATE, the diagnosis naming the section or symbol.
 */
MUST_CHECK enum status unify(struct image *image, void *memory, struct unified *unified,
                             struct diagnosis *diagnosis);

/* Addresses for what was unified, when the block of `placement` is at `base`. */
void unify_place(const struct unified *unified, struct symbols *symbols,
                 const struct placement *placement, uint64_t base);
