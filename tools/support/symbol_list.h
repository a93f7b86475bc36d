/*
 * The symbols of export or import files, in the order of the files, found by name.
 *
 * Mistakes in the files are reported (report.h) as "file:line: what", all of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mortise/modfile.h>

struct listed_symbol {
    const char *name;
    enum mod_class mclass;
    const char *from;           /* the #! line above it: "/unix"; "" when there was none */
    const char *path;           /* where it is listed */
    unsigned line;              /* likewise */
    size_t index;               /* in symbol_list.symbols */
    struct listed_symbol *next; /* with the same hash */
};

struct symbol_list {
    struct listed_symbol **symbols; /* in the order they were read; they do not move */
    size_t count;
    size_t capacity;
    struct listed_symbol **buckets; /* a power of two of them, or NULL while the list is empty */
    size_t bucket_count;
};

/*
 * Called for every symbol before it is added, `earlier` being the one of the same name that is
 * listed already, or NULL. True: add it (then `earlier` must be NULL).
 */
typedef bool symbol_list_admit(const struct listed_symbol *symbol,
                               const struct listed_symbol *earlier);

/* Reads the file's symbols that apply to this width into the list, which starts out zeroed. */
void symbol_list_read(struct symbol_list *list, const char *path, bool is_64,
                      symbol_list_admit *admit);

/* The symbol of this name, or NULL. */
struct listed_symbol *symbol_list_find(const struct symbol_list *list, const char *name);
