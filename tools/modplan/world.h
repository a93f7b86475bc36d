/*
 * Whom an object can import from: the kernel of one mode, as its import file lists it, and dependents.
 *
 * The kernel's names get addresses in its image, one behind the other: what they really are is known
 * only in a kernel. Of a dependent that no import file lists, everything is taken on trust.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/image/image.h"
#include "loader/link/name_space.h"
#include "loader/link/resolve.h"
#include "tools/modplan/mode.h"
#include "tools/modplan/options.h"
#include "tools/support/name_map.h"

struct world {
    const struct mode *mode;
    struct name_space space;
    struct name_owner kernel;
    struct name_map dependents; /* by import file */
    uint64_t next_address;      /* of the next name */
    bool stubs_imports;
    bool is_listed; /* something says what the kernel exports */
};

/* The worlds of all modes, by the import files of -k and the names of --define. */
struct worlds {
    struct world items[MODE_COUNT];
    uint32_t nearest_steps; /* left for suggestions of names; the user fills it for each file */
};

/* Reports mistakes in the files. */
void worlds_open(struct worlds *worlds, const struct options *options);
struct world *worlds_find(struct worlds *worlds, const struct machine *machine);

/*
 * Where the imports of `image` are looked for. New names are made up for those that are taken on trust,
 * and with --stub-imports for all that nobody has, weak ones excepted. The caller frees scope->files.
 */
void world_scope(struct world *world, const struct image *image, struct import_scope *scope);

/* "/unix" or the import file that `owner`, NULL for the kernel, stands for. */
const char *world_owner_name(const struct name_owner *owner);
