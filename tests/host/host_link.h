/*
 * Relocating an image as a load does, without a loader: with a linkage when one is wanted, in memory of
 * exactly its size.
 */
#pragma once

#include <stdint.h>

#include "loader/image/relocation.h"

/* Slots and stubs that an image got; bytes is NULL when it needed none. */
struct host_linkage {
    uint8_t *bytes;
    uint64_t address;
    struct linkage_layout layout;
};

/*
 * Relocates all of it. `address`, a multiple of the page size, is where a linkage will be; the caller
 * frees linkage->bytes, whatever is returned.
 */
enum status host_relocate(struct relocating *work, uint64_t address, struct host_linkage *linkage,
                          struct diagnosis *diagnosis);
