/*
 * Resolving the imports of an image in a name space. Pure: writes addresses into the image's own
 * symbols and marks the owners that it met; decides nothing about them.
 */
#pragma once

#include <stdint.h>

#include "lib/compiler.h"
#include "loader/image/image.h"
#include "loader/image/linkage.h"
#include "loader/image/symbols.h"
#include "loader/link/name_space.h"

/*
 * Where imports are looked for: by import file (.mod.files), the owner whose exports they are, or NULL
 * for the global name space. Imports without a record are global.
 */
struct import_scope {
    const struct name_space *space;
    const struct name_owner *const *files;
    uint32_t file_count;
    uint64_t origin; /* what LINKAGE_ORIGIN stands for: the base of the image's block */
};

struct resolution {
    uint32_t imports;          /* symbols that had to come from elsewhere */
    uint32_t unresolved;       /* of those, the ones nobody defines and that are not weak */
    uint32_t wrong_records;    /* records of .mod.imports whose hash is not that of their name */
    uint32_t wrong_record;     /* the last of them */
    struct name_owner *marked; /* each owner of a bound definition once, chained by next_marked */
    uint32_t marked_count;
};

/*
 * Gives every import in `symbols` the address of its definition: in the global name space the newest
 * visible one, in a file the one that belongs to it. An unresolved weak one gets 0. Afterwards the owners
 * in resolution->marked have is_marked set until resolution_clear.
 *
 * A name that is found under the hash of its record has that hash, for definitions have the right one.
 * Only where nothing is found the hash is computed: a wrong one counts as a wrong record, and the caller
 * must refuse the image then.
 */
void resolve(const struct image *image, struct symbols *symbols, const struct import_scope *scope,
             struct resolution *resolution);

/* MOD_IMPORTS when a record's hash was wrong. */
MUST_CHECK enum status resolution_check(const struct resolution *resolution,
                                        const struct image *image, struct diagnosis *diagnosis);

/*
 * Calls `visit` for every import, in the order of the symbol table, with the definition that resolve
 * binds it to; NULL for one that nobody defines.
 */
void resolve_visit_bindings(const struct image *image, const struct import_scope *scope,
                            void (*visit)(const char *name, const struct definition *definition,
                                          void *context),
                            void *context);

/* Takes the marks off. */
void resolution_clear(struct resolution *resolution);

/*
 * Where resolve left names unresolved: those count no more, and have address 0, that no relocation of
 * anything in memory refers to, unless a record asks for them. An assembler's .globl leaves such, and
 * tables for unwinding, which get no memory. Spoils addresses and sizes of the others in `symbols`: it notes
 * where they are needed.
 */
void resolve_forget_unneeded(const struct image *image, struct symbols *symbols,
                             struct resolution *resolution);

/*
 * Calls `visit` once for every symbol that is unresolved then, in the order of the symbol table.
 * `place_section` and `place_offset` say where it is first referred to; section 0 when nowhere.
 */
struct unresolved {
    uint32_t symbol;
    const char *name;
    const struct name_owner
        *provider; /* whose exports it is not among; NULL for the global names */
    uint32_t place_section;
    uint64_t place_offset;
};
void resolve_visit_unresolved(const struct image *image, const struct symbols *symbols,
                              const struct import_scope *scope,
                              void (*visit)(const struct unresolved *unresolved, void *context),
                              void *context);
