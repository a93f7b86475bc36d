/*
 * Arrays of functions that an object wants run around its life: .preinit_array, .init_array and
 * .fini_array, and .ctors and .dtors, which older compilers write. A name may end in a priority.
 *
 *   before   .preinit_array, then .init_array.00000 ... .init_array.65535, .init_array
 *   after    .fini_array, then .fini_array.65535 ... .fini_array.00000, each from its end
 *
 * .ctors.N counts as .init_array with priority 65535 - N, from its end; .dtors.N as its mirror image.
 * That is the order in which GNU ld would put them. Sections of one priority keep the file's order.
 *
 * Pure: the caller provides the memory. Sources: System V gABI, "Initialization and Termination
 * Functions"; GNU ld's default linker script.
 */
#pragma once

#include "loader/image/image.h"
#include "loader/image/placement.h"

/* What runs, in order; entries that say "nothing" (0 or -1) are left out. */
struct functions {
    uintptr_t *entries; /* those before, then those after */
    uint32_t before_count;
    uint32_t after_count;
};

/* True for a section of functions, by its type or name; only for one that is loaded. */
bool arrays_has(const struct image_section *section);

/* Bytes of memory that arrays_collect needs meanwhile; 0 when there is no array. */
uint64_t arrays_scratch_size(const struct image *image);

/*
 * Collects the functions of a block that has been relocated for `base`. `entries` has room for
 * image->function_count. Fails with ARRAY_ENTRY, the diagnosis naming the section and entry, when one is
 * no place in the object's own code.
 */
MUST_CHECK enum status arrays_collect(const struct image *image, const struct placement *placement,
                                      const uint8_t *block, uint64_t base, void *scratch,
                                      uintptr_t *entries, struct functions *functions,
                                      struct diagnosis *diagnosis);
