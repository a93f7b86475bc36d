/*
 * Indirect functions (STT_GNU_IFUNC): the symbol names a resolver, which runs once the code is there and
 * returns the address of the function that is meant. Until then, and for ever after, a call stub stands
 * for the function: its address is the symbol's own, wherever that is asked for.
 *
 *   1. linkage_init                  a linkage of their own (linkage.h)
 *   2. indirect_want                 a stub for each
 *   3. linkage_size, linkage_fill    each stub's slot has the resolver's address
 *   4. indirect_place                the symbols get their stubs' addresses
 *
 * All of it before COMMON symbols and members of groups get their places (unify_place), which takes
 * addresses over from those that count. Then linkage_target gives the resolvers.
 *
 * Pure. Source: Linux extensions to the gABI, "STT_GNU_IFUNC".
 */
#pragma once

#include "loader/image/image.h"
#include "loader/image/linkage.h"
#include "loader/image/symbols.h"

/* Wants a stub for every indirect function of `image` that counts. `symbols` have been placed. */
void indirect_want(const struct image *image, const struct symbols *symbols,
                   struct linkage *linkage);

/* Gives every symbol that has a stub its address. */
void indirect_place(const struct linkage *linkage, struct symbols *symbols);
