/* The two kernels that an object can be for: where they and their extensions are. */
#pragma once

#include <stdint.h>

#include "loader/machine/machine.h"

#define MODE_COUNT 2

struct mode {
    const struct machine *machine;
    uint64_t kernel;     /* where the names that it exports begin */
    uint64_t kernel_end; /* likewise, end */
    uint64_t extensions; /* where the first extension is placed */
    uint64_t extensions_end;
};

/* The 64-bit mode first, as in archives. */
extern const struct mode modes[MODE_COUNT];
