/* Imports: each symbol that the linked object lacks must be listed, with the file it comes from. */
#include <elf.h>
#include <string.h>

#include "lib/hash.h"
#include "tools/modld/bind.h"
#include "tools/modld/nearest.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

/* Names that compilers bring in on their own, and how to keep them out. */
static const struct {
    const char *name;
    const char *advice;
} hints[] = {
    {"_GLOBAL_OFFSET_TABLE_", "compile with -fno-pic"},
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

/* A name has one origin, or binding it would depend on the order of the files. */
static bool admit_import(const struct listed_symbol *symbol, const struct listed_symbol *earlier)
{
    if (!has_file(symbol))
        return false;
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

static void report_unlisted(const char *name, const struct symbol_list *imports,
                            const struct inputs *inputs)
{
    char text[NEAREST_TEXT_MAX];
    struct nearest nearest;
    nearest_open(&nearest, name);
    for (size_t i = 0; i < imports->count; i++)
        nearest_offer(&nearest, imports->symbols[i]->name);
    nearest_format(&nearest, text);

    const char *user = inputs_find_reference(inputs, name);
    report_error("%s: %s: no input defines it and no import file lists it%s",
                 user != NULL ? user : "an input", name, text);
    const char *hint = find_hint(name);
    if (hint != NULL)
        report_advice("try: %s", hint);
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

static void bind_import(uint32_t index, const char *name, const struct listed_symbol *listed,
                        struct bindings *bindings)
{
    bindings->imports[bindings->import_count++] = (struct mod_import){
        .symbol = index,
        .hash = hash_name(name),
        .file = file_index(&bindings->files, listed->from),
    };
}

void bind_imports(const struct image *image, const struct symbol_list *imports,
                  const struct inputs *inputs, struct bindings *bindings)
{
    size_t unlisted = 0;
    bindings->imports = memory_get(image->symbol_count, sizeof(*bindings->imports));
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        if (!image_symbol_is_import(&symbol) || symbol.binding == STB_LOCAL)
            continue;
        const struct listed_symbol *listed = symbol_list_find(imports, symbol.name);
        if (listed != NULL) {
            bind_import(i, symbol.name, listed, bindings);
        } else if (symbol.binding != STB_WEAK) {
            report_unlisted(symbol.name, imports, inputs);
            unlisted++;
        }
    }
    if (unlisted > 0)
        report_advice("try: list it in an import file given with -bI: (the kernel's own is "
                      "kernex.imp), or link the object that defines it");
}
