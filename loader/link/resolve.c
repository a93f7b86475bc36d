/* Resolution; see the header. */
#include "loader/link/resolve.h"

#include <elf.h>

#include "lib/string.h"
#include "loader/image/relocation.h"

/*
 * Walks imports in the order of the symbol table, with the records of .mod.imports beside it: both
 * ascend, so the precomputed hash of a symbol is found without a search. Local symbols come first in
 * the table and never are imports.
 */
struct import_walk {
    const struct image *image;
    uint32_t symbol; /* the import it stands at */
    uint32_t record; /* next record to look at */
    uint32_t record_count;
    bool all_have_records;
    uint32_t origin; /* LINKAGE_ORIGIN, when it has been met; it is no import */
    struct mod_import import;
    const char *name; /* of the import */
};

static struct import_walk import_walk_start(const struct image *image)
{
    uint32_t first = image->first_global != 0 ? image->first_global : 1;
    bool is_complete = image_import_count(image) == image->undefined_count;
    return (struct import_walk){
        .image = image,
        .symbol = first - 1,
        .record_count = image_import_count(image),
        .all_have_records = is_complete,
    };
}

/* The next record, where each import has one: modld lists them all. False at the end. */
static ALWAYS_INLINE bool next_record(struct import_walk *walk)
{
    if (walk->record == walk->record_count)
        return false;
    walk->import = image_import(walk->image, walk->record++);
    walk->symbol = walk->import.symbol;
    return true;
}

#define NO_RECORD UINT32_MAX /* in the place of the file */

/* What the records say of the import it stands at; one that they do not list is global. */
static ALWAYS_INLINE struct mod_import import_record(struct import_walk *walk, const char *name)
{
    while (walk->record < image_import_count(walk->image)) {
        struct mod_import record = image_import(walk->image, walk->record);
        if (record.symbol > walk->symbol)
            break;
        walk->record++;
        if (record.symbol == walk->symbol)
            return record;
    }
    return (struct mod_import){walk->symbol, image_hash_name(walk->image, name), NO_RECORD};
}

static ALWAYS_INLINE const struct name_owner *provider_of(const struct import_walk *walk,
                                                          const struct import_scope *scope)
{
    return walk->import.file < scope->file_count ? scope->files[walk->import.file] : NULL;
}

static ALWAYS_INLINE struct definition *find_definition(const struct import_walk *walk,
                                                        const struct import_scope *scope)
{
    const struct name_owner *provider = provider_of(walk, scope);
    return provider == NULL
               ? name_space_find(scope->space, walk->name, walk->import.hash)
               : name_space_find_own(scope->space, walk->name, walk->import.hash, provider);
}

/* Position independent code names the origin of its table, which nobody exports. */
static ALWAYS_INLINE bool is_origin(const char *name)
{
    return name[0] == '_' && strcmp(name, LINKAGE_ORIGIN) == 0;
}

static ALWAYS_INLINE bool next_undefined(struct import_walk *walk)
{
    walk->symbol = image_next_undefined(walk->image, walk->symbol + 1);
    return walk->symbol < walk->image->symbol_count;
}

/* The same for `all_have_records` known where it is called. */
static ALWAYS_INLINE bool next_import_of(struct import_walk *walk, bool all_have_records)
{
    for (;;) {
        if (all_have_records ? !next_record(walk) : !next_undefined(walk))
            return false;
        walk->name = image_symbol_name(walk->image, walk->symbol);
        if (LIKELY(!is_origin(walk->name)))
            break;
        walk->origin = walk->symbol;
    }
    if (!all_have_records)
        walk->import = import_record(walk, walk->name);
    return true;
}

/* Moves to the next import; false at the end. */
static bool next_import(struct import_walk *walk)
{
    return next_import_of(walk, walk->all_have_records);
}

static void mark_owner(struct resolution *resolution, struct name_owner *owner)
{
    if (owner->is_marked)
        return;
    owner->is_marked = true;
    owner->next_marked = resolution->marked;
    resolution->marked = owner;
    resolution->marked_count++;
}

static bool is_weak(const struct import_walk *walk)
{
    return image_symbol(walk->image, walk->symbol).binding == STB_WEAK;
}

/* Nobody defines it, or its record has a wrong hash; without a record the right one is looked up. */
static __attribute__((noinline)) void
note_missing(const struct import_walk *walk, struct symbols *symbols, struct resolution *resolution)
{
    if (image_hash_name(walk->image, walk->name) != walk->import.hash) {
        resolution->wrong_records++;
        resolution->wrong_record = walk->record - 1;
    }
    if (is_weak(walk))
        return;
    symbols_set_missing(symbols, walk->symbol, true);
    resolution->unresolved++;
}

static ALWAYS_INLINE void resolve_imports(struct import_walk *walk, struct symbols *symbols,
                                          const struct import_scope *scope,
                                          struct resolution *resolution, bool all_have_records)
{
    uint32_t imports = 0;
    for (; next_import_of(walk, all_have_records); imports++) {
        struct definition *definition = find_definition(walk, scope);
        symbols_set_address(symbols, walk->symbol, definition != NULL ? definition->address : 0);
        if (definition != NULL)
            mark_owner(resolution, definition->owner);
        else
            note_missing(walk, symbols, resolution);
    }
    resolution->imports = imports;
}

void resolve(const struct image *image, struct symbols *symbols, const struct import_scope *scope,
             struct resolution *resolution)
{
    struct import_walk walk = import_walk_start(image);
    *resolution = (struct resolution){0};
    if (walk.all_have_records)
        resolve_imports(&walk, symbols, scope, resolution, true);
    else
        resolve_imports(&walk, symbols, scope, resolution, false);
    if (walk.origin != 0)
        symbols_set_address(symbols, walk.origin, scope->origin);
}

enum status resolution_check(const struct resolution *resolution, const struct image *image,
                             struct diagnosis *diagnosis)
{
    if (resolution->wrong_records == 0)
        return STATUS_OK;
    struct mod_import record = image_import(image, resolution->wrong_record);
    return diagnose(diagnosis, STATUS_MOD_IMPORTS, "record %u: symbol %u, hash 0x%x, file %u",
                    resolution->wrong_record, record.symbol, record.hash, record.file);
}

void resolve_visit_bindings(const struct image *image, const struct import_scope *scope,
                            void (*visit)(const char *name, const struct definition *definition,
                                          void *context),
                            void *context)
{
    struct import_walk walk = import_walk_start(image);
    while (next_import(&walk))
        visit(walk.name, find_definition(&walk, scope), context);
}

void resolution_clear(struct resolution *resolution)
{
    while (resolution->marked != NULL) {
        struct name_owner *owner = resolution->marked;
        resolution->marked = owner->next_marked;
        owner->is_marked = false;
        owner->next_marked = NULL;
    }
    resolution->marked_count = 0;
}

/* Failure path. Two numbers that a symbol has room for in either class. */
static void note_reference(struct symbols *symbols, uint32_t index, uint32_t section,
                           uint32_t entry)
{
    symbols_set_address(symbols, index, section);
    symbols_set_size(symbols, index, entry);
}

/*
 * A missing symbol has address 0; address and size become the relocation section and the entry that first
 * refer to it: one pass finds all of them.
 */
static void note_references(const struct image *image, struct symbols *symbols)
{
    struct relocation_walk walk = {.image = image};
    while (relocations_next(&walk)) {
        uint32_t symbol = walk.relocation.symbol;
        bool is_open = symbol < symbols->count && symbols_is_missing(symbols, symbol) &&
                       symbols_address(symbols, symbol) == 0;
        if (is_open)
            note_reference(symbols, symbol, walk.relocations.section, walk.entry);
    }
}

/* Turns what was noted into a place; for a symbol that no relocation refers to it is section 0. */
static void find_reference(const struct image *image, const struct symbols *symbols,
                           struct unresolved *unresolved)
{
    struct diagnosis ignored;
    struct relocations relocations;
    enum status status;
    uint32_t section = (uint32_t)symbols_address(symbols, unresolved->symbol);
    if (!relocations_open(image, section, &relocations, &status, &ignored))
        return;
    uint32_t entry = (uint32_t)symbols_size_of(symbols, unresolved->symbol);
    unresolved->place_section = relocations.target_section;
    unresolved->place_offset = relocations_get(image, &relocations, entry).offset;
}

void resolve_forget_unneeded(const struct image *image, struct symbols *symbols,
                             struct resolution *resolution)
{
    struct import_walk walk = import_walk_start(image);
    note_references(image, symbols);
    while (next_import(&walk)) {
        bool is_needed =
            symbols_address(symbols, walk.symbol) != 0 || walk.import.file != NO_RECORD;
        if (is_needed || !symbols_is_missing(symbols, walk.symbol))
            continue;
        symbols_set_missing(symbols, walk.symbol, false);
        resolution->unresolved--;
    }
}

void resolve_visit_unresolved(const struct image *image, const struct symbols *symbols,
                              const struct import_scope *scope,
                              void (*visit)(const struct unresolved *unresolved, void *context),
                              void *context)
{
    struct import_walk walk = import_walk_start(image);
    while (next_import(&walk)) {
        if (!symbols_is_missing(symbols, walk.symbol))
            continue;
        struct unresolved unresolved = {
            .symbol = walk.symbol,
            .name = walk.name,
            .provider = provider_of(&walk, scope),
        };
        find_reference(image, symbols, &unresolved);
        visit(&unresolved, context);
    }
}
