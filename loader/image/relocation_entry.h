/*
 * One relocation, with care: every formula, width and range that there is, relaxation, slots and stubs.
 * The loop in relocation.c does the frequent types while nothing is remarkable about them, and leaves
 * everything else to this file, which also finds out what is wrong with an entry.
 * Private to loader/image.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "loader/image/relocation.h"

/* The section whose places are relocated. */
struct relocation_target {
    const struct relocating *work;
    uint8_t *bytes;   /* in the block */
    uint64_t address; /* of its first byte, when it is used */
    uint64_t size;
    bool is_code;
    bool has_addend; /* of the entries */
};

/* What an entry needs of the linkage. */
enum relocation_need { NEEDS_NOTHING, NEEDS_SLOT, NEEDS_STUB };

/* What the relocations' section says of what it relocates. */
struct relocation_target relocation_target(const struct relocating *work,
                                           const struct relocations *relocations);

/*
 * What applying this entry will need; for one that will be refused NEEDS_NOTHING. Right as long as no
 * other entry changes the bytes of its instruction.
 */
enum relocation_need relocation_entry_need(const struct relocation_target *target,
                                           const struct relocation *entry);

/* How applying an entry ended. */
struct relocation_result {
    enum status status; /* OK or RELOCATION_* */
    bool wants_linkage; /* with OK: nothing was done, and will not be without */
    uint64_t value;     /* with RELOCATION_OVERFLOW: what does not fit */
};
/* Not for FORMULA_NONE, which the loop leaves to nobody. */
struct relocation_result relocation_entry_apply(const struct relocation_target *target,
                                                const struct relocation *entry);
