/* Exports: each listed symbol must be a global definition of the linked object. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "tools/modld/bind.h"
#include "tools/modld/nearest.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

/* Two export files may both list a symbol, as long as they agree. */
static bool admit_export(const struct listed_symbol *symbol, const struct listed_symbol *earlier)
{
    if (strcmp(symbol->name, "_load") == 0 || strcmp(symbol->name, "_unload") == 0) {
        report_error("%s:%u: %s: an entry point belongs to its own extension and is not exported",
                     symbol->path, symbol->line, symbol->name);
        return false;
    }
    if (earlier != NULL && earlier->mclass != symbol->mclass)
        report_error("%s:%u: %s: is listed already with another keyword: %s:%u", symbol->path,
                     symbol->line, symbol->name, earlier->path, earlier->line);
    return earlier == NULL;
}

void bind_read_exports(const struct texts *paths, bool is_64, struct symbol_list *exports)
{
    for (size_t i = 0; i < paths->count; i++)
        symbol_list_read(exports, paths->items[i], is_64, admit_export);
}

/* The index of the image's symbol for each listed export, 0 where it defines none. */
static uint32_t *find_definitions(const struct image *image, const struct symbol_list *exports)
{
    uint32_t *definitions = memory_get(exports->count, sizeof(*definitions));
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        const struct listed_symbol *listed = symbol_list_find(exports, symbol.name);
        if (listed != NULL && image_symbol_is_export(&symbol))
            definitions[listed->index] = i;
    }
    return definitions;
}

static void report_undefined(const struct image *image, const struct listed_symbol *symbol)
{
    char text[NEAREST_TEXT_MAX];
    struct nearest nearest;
    nearest_open(&nearest, symbol->name);
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol candidate = image_symbol(image, i);
        if (image_symbol_is_export(&candidate))
            nearest_offer(&nearest, candidate.name);
    }
    nearest_format(&nearest, text);
    report_error("%s:%u: %s: exported, but no input defines it%s", symbol->path, symbol->line,
                 symbol->name, text);
}

static void report_missing(const struct image *image, const struct listed_symbol *symbol,
                           const struct inputs *inputs)
{
    const char *holder = inputs_find_static(inputs, symbol->name);
    const char *user = inputs_find_reference(inputs, symbol->name);
    if (holder != NULL)
        report_error("%s:%u: %s: exported, but it is static in %s; make it global", symbol->path,
                     symbol->line, symbol->name, holder);
    else if (user != NULL)
        report_error("%s:%u: %s: exported, but only used here (in %s), not defined", symbol->path,
                     symbol->line, symbol->name, user);
    else
        report_undefined(image, symbol);
}

static int compare_exports(const void *left, const void *right)
{
    const struct mod_export *a = left;
    const struct mod_export *b = right;
    return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

void bind_exports(const struct image *image, const struct symbol_list *exports,
                  const struct inputs *inputs, struct bindings *bindings)
{
    uint32_t *definitions = find_definitions(image, exports);
    bindings->exports = memory_get(exports->count, sizeof(*bindings->exports));
    for (size_t i = 0; i < exports->count; i++) {
        const struct listed_symbol *symbol = exports->symbols[i];
        if (definitions[i] == 0) {
            report_missing(image, symbol, inputs);
            continue;
        }
        bindings->exports[bindings->export_count++] = (struct mod_export){
            .symbol = definitions[i],
            .hash = hash_name(symbol->name),
            .mclass = symbol->mclass,
        };
    }
    qsort(bindings->exports, bindings->export_count, sizeof(*bindings->exports), compare_exports);
}
