/*
 * Binding: which symbols of the linked object are exported, from which file each symbol that it lacks
 * is imported, and what configures it. The result is what the .mod.* sections say.
 */
#pragma once

#include "tools/modld/inputs.h"
#include "tools/support/symbol_list.h"

struct bindings {
    struct mod_export *exports; /* in the order of the export files */
    size_t export_count;
    struct mod_import *imports; /* ascending by symbol */
    size_t import_count;
    struct texts files; /* .mod.files */
    struct texts link;  /* .mod.link */
};

/* Reads the export and import files that apply to this width. Reports mistakes in them. */
void bind_read_exports(const struct texts *paths, bool is_64, struct symbol_list *exports);
void bind_read_imports(const struct texts *paths, bool is_64, struct symbol_list *imports);

/*
 * Reports every listed export that the image does not define, every symbol that it needs and that
 * neither an import file lists nor a dependent exports, and every one that has two origins. Weak
 * references may stay unbound, and imports that nothing needs are dropped.
 */
void bind_exports(const struct image *image, const struct symbol_list *exports,
                  const struct inputs *inputs, struct bindings *bindings);
void bind_imports(const struct image *image, const struct symbol_list *imports,
                  const struct inputs *inputs, struct bindings *bindings);

/* Says how the object was linked. Reports an entry point that is no global function of the image. */
void bind_link(const struct image *image, const struct options *options,
               const struct inputs *inputs, struct bindings *bindings);
