/*
 * Imports: each symbol that the linked object lacks comes from one file, which an import file names or
 * which is among the dependents.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "loader/image/linkage.h"
#include "loader/image/relocation.h"
#include "tools/modld/bind.h"
#include "tools/modld/nearest.h"
#include "tools/modld/object.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

/* Names that compilers bring in on their own, and how to keep them out. */
static const struct {
    const char *name;
    const char *advice;
} hints[] = {
    {"__stack_chk_fail", "compile with -fno-stack-protector"},
    {"__stack_chk_fail_local", "compile with -fno-stack-protector"},
    {"__fentry__", "compile without -pg"},
    {"mcount", "compile without -pg"},
    {"__udivdi3", "avoid dividing 64-bit numbers in 32-bit code"},
    {"__umoddi3", "avoid dividing 64-bit numbers in 32-bit code"},
    {"__udivmoddi4", "avoid dividing 64-bit numbers in 32-bit code"},
    {"__divdi3", "avoid dividing 64-bit numbers in 32-bit code"},
    {"__moddi3", "avoid dividing 64-bit numbers in 32-bit code"},
};

/*
 * A symbol without a file would be bound to whoever has it at run time; the kernel has no such
 * binding. One message does for all symbols of a file that lacks its #! line.
 */
static bool has_file(const struct listed_symbol *symbol)
{
    static const char *reported_path;
    if (symbol->from[0] != 0)
        return true;
    if (reported_path != symbol->path)
        report_error("%s:%u: %s: no #! line above it says which file it comes from; for the "
                     "kernel's exports write `#!%s`",
                     symbol->path, symbol->line, symbol->name, MOD_FILE_KERNEL);
    reported_path = symbol->path;
    return false;
}

/* The kernel would refuse it at every load. One message does for all symbols below the line. */
static void check_file_fits(const struct listed_symbol *symbol)
{
    static const char *reported_file;
    if (reported_file == symbol->from || object_name_fits(symbol->from))
        return;
    report_error("%s:%u: %s: comes from a file whose name is too long; a path has at most %d bytes "
                 "and a member %d",
                 symbol->path, symbol->line, symbol->name, DIAGNOSIS_FILE_MAX - 1,
                 DIAGNOSIS_MEMBER_MAX - 1);
    reported_file = symbol->from;
}

/* A name has one origin, or binding it would depend on the order of the files. */
static bool admit_import(const struct listed_symbol *symbol, const struct listed_symbol *earlier)
{
    if (!has_file(symbol))
        return false;
    check_file_fits(symbol);
    if (earlier != NULL && strcmp(earlier->from, symbol->from) != 0)
        report_error("%s:%u: %s: comes from %s here but from %s in %s:%u; keep one of the two",
                     symbol->path, symbol->line, symbol->name, symbol->from, earlier->from,
                     earlier->path, earlier->line);
    return earlier == NULL;
}

void bind_read_imports(const struct texts *paths, bool is_64, struct symbol_list *imports)
{
    for (size_t i = 0; i < paths->count; i++)
        symbol_list_read(imports, paths->items[i], is_64, admit_import);
}

static const char *find_hint(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(hints); i++) {
        if (strcmp(hints[i].name, name) == 0)
            return hints[i].advice;
    }
    return NULL;
}

/* The input that needs a symbol, for messages. */
static const char *name_user(const struct inputs *inputs, const char *name)
{
    const char *user = inputs_find_reference(inputs, name);
    return user != NULL ? user : "an input";
}

static void offer_exports(struct nearest *nearest, const struct image *image)
{
    for (uint32_t i = 0; i < image_export_count(image); i++)
        nearest_offer(nearest, image_symbol(image, image_export(image, i).symbol).name);
}

static void report_unlisted(const char *user, const char *name, const struct symbol_list *imports,
                            const struct dependents *dependents)
{
    char text[NEAREST_TEXT_MAX];
    struct nearest nearest;
    nearest_open(&nearest, name);
    for (size_t i = 0; i < imports->count; i++)
        nearest_offer(&nearest, imports->symbols[i]->name);
    for (size_t i = 0; i < dependents->count; i++)
        offer_exports(&nearest, &dependents->items[i]->image);
    nearest_format(&nearest, text);

    report_error("%s: %s: no input defines it and no import file lists it%s", user, name, text);
    const char *hint = find_hint(name);
    if (hint != NULL)
        report_advice("try: %s", hint);
}

/* An import file may well say where a dependent is; but not that the symbol comes from elsewhere. */
static void check_origins(const char *user, const char *name, const struct listed_symbol *listed,
                          const struct exporters *exporters)
{
    if (exporters->second != NULL)
        report_error("%s: %s: is exported by %s and by %s; keep one of the two", user, name,
                     exporters->first->name, exporters->second->name);
    if (listed != NULL && strcmp(listed->from, exporters->first->origin) != 0)
        report_error("%s:%u: %s: comes from %s here, but is also exported by %s, recorded as %s; "
                     "keep one of the two",
                     listed->path, listed->line, name, listed->from, exporters->first->name,
                     exporters->first->origin);
}

/* The file that a symbol comes from, in the form of .mod.files; NULL when none is known. */
static const char *find_origin(const char *name, const struct symbol_list *imports,
                               const struct inputs *inputs)
{
    const struct listed_symbol *listed = symbol_list_find(imports, name);
    const struct exporters *exporters = dependents_find(&inputs->dependents, name);
    if (exporters != NULL) {
        check_origins(name_user(inputs, name), name, listed, exporters);
        return exporters->first->origin;
    }
    return listed != NULL ? listed->from : NULL;
}

/* The number of the file in .mod.files, where it is added when it is new. */
static uint32_t file_index(struct texts *files, const char *file)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i], file) == 0)
            return (uint32_t)i;
    }
    texts_add(files, file);
    return (uint32_t)(files->count - 1);
}

static void bind_import(uint32_t index, const char *name, const char *origin,
                        struct bindings *bindings)
{
    bindings->imports[bindings->import_count++] = (struct mod_import){
        .symbol = index,
        .hash = hash_name(name),
        .file = file_index(&bindings->files, origin),
    };
}

/* By symbol: whether a relocation of anything in memory refers to it. The others may be missing. */
static bool *find_needed(const struct image *image)
{
    bool *needed = memory_get(image->symbol_count, sizeof(*needed));
    struct relocation_walk walk = {.image = image};
    while (relocations_next(&walk)) {
        if (walk.relocation.symbol < image->symbol_count)
            needed[walk.relocation.symbol] = true;
    }
    return needed;
}

void bind_imports(const struct image *image, const struct symbol_list *imports,
                  const struct inputs *inputs, struct bindings *bindings)
{
    size_t unlisted = 0;
    bool *needed = find_needed(image);
    bindings->imports = memory_get(image->symbol_count, sizeof(*bindings->imports));
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        if (!image_symbol_is_import(&symbol) || symbol.binding == STB_LOCAL ||
            strcmp(symbol.name, LINKAGE_ORIGIN) == 0)
            continue; /* the kernel's loader itself says where its table is */
        const char *origin = find_origin(symbol.name, imports, inputs);
        if (origin != NULL) {
            bind_import(i, symbol.name, origin, bindings);
        } else if (symbol.binding != STB_WEAK && needed[i]) {
            report_unlisted(name_user(inputs, symbol.name), symbol.name, imports,
                            &inputs->dependents);
            unlisted++;
        }
    }
    free(needed);
    if (unlisted > 0)
        report_advice("try: list it in an import file given with -bI: (the kernel's own is "
                      "kernex.imp), or link the object or the shared module that has it");
}
