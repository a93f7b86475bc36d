/* Symbols of export and import files: an array in file order, and a hash table over it. */
#include "tools/support/symbol_list.h"

#include <string.h>

#include "lib/hash.h"
#include "loader/image/symfile.h"
#include "tools/support/file.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

#define FIRST_CAPACITY 64 /* a power of two */

static struct listed_symbol **bucket_of(const struct symbol_list *list, const char *name)
{
    return &list->buckets[hash_name(name) & (list->bucket_count - 1)];
}

static void link_symbol(struct symbol_list *list, struct listed_symbol *symbol)
{
    struct listed_symbol **bucket = bucket_of(list, symbol->name);
    symbol->next = *bucket;
    *bucket = symbol;
}

/* As many buckets as the array has room for. */
static void grow(struct symbol_list *list)
{
    list->capacity = list->capacity == 0 ? FIRST_CAPACITY : 2 * list->capacity;
    list->symbols = memory_resize(list->symbols, list->capacity, sizeof(*list->symbols));
    list->bucket_count = list->capacity;
    list->buckets = memory_get(list->bucket_count, sizeof(*list->buckets));
    for (size_t i = 0; i < list->count; i++)
        link_symbol(list, list->symbols[i]);
}

static void add(struct symbol_list *list, const struct listed_symbol *symbol)
{
    if (list->count == list->capacity)
        grow(list);
    struct listed_symbol *copy = memory_get(1, sizeof(*copy));
    *copy = *symbol;
    copy->name = memory_text("%s", symbol->name);
    copy->index = list->count;
    list->symbols[list->count++] = copy;
    link_symbol(list, copy);
}

/* One text for all symbols below the same #! line. */
static const char *keep_from(const char *kept, const char *file)
{
    return strcmp(kept, file) == 0 ? kept : memory_text("%s", file);
}

void symbol_list_read(struct symbol_list *list, const char *path, bool is_64,
                      symbol_list_admit *admit)
{
    struct span text;
    if (!file_read(path, &text))
        return;

    struct symfile symfile;
    struct symfile_entry entry;
    enum symfile_result result;
    const char *why;
    const char *from = "";
    symfile_open(text, &symfile);
    while ((result = symfile_next(&symfile, &entry, &why)) != SYMFILE_END) {
        if (result == SYMFILE_ERROR) {
            report_error("%s:%u: %s", path, symfile.line, why);
            continue;
        }
        if (!(is_64 ? symfile.applies_64 : symfile.applies_32))
            continue;
        from = keep_from(from, symfile.file);
        struct listed_symbol symbol = {
            .name = entry.name,
            .mclass = entry.mclass,
            .from = from,
            .path = path,
            .line = entry.line,
        };
        if (admit(&symbol, symbol_list_find(list, entry.name)))
            add(list, &symbol);
    }
}

struct listed_symbol *symbol_list_find(const struct symbol_list *list, const char *name)
{
    if (list->bucket_count == 0)
        return NULL;
    struct listed_symbol *symbol = *bucket_of(list, name);
    while (symbol != NULL && strcmp(symbol->name, name) != 0)
        symbol = symbol->next;
    return symbol;
}
