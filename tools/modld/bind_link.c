/* How the object was linked: entry point, search path and type. */
#include <elf.h>
#include <string.h>

#include "tools/modld/bind.h"
#include "tools/modld/nearest.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

/* As the kernel judges. Assembler source may leave the type out. */
static bool is_function(const struct image *image, const struct image_symbol *symbol)
{
    bool is_typed = symbol->type == STT_FUNC || symbol->type == STT_NOTYPE;
    return is_typed && image_symbol_has_section(symbol) &&
           (image_section(image, symbol->section).flags & SHF_EXECINSTR) != 0;
}

static bool find_definition(const struct image *image, const char *name,
                            struct image_symbol *symbol)
{
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        *symbol = image_symbol(image, i);
        if (image_symbol_is_export(symbol) && strcmp(symbol->name, name) == 0)
            return true;
    }
    return false;
}

static void report_undefined(const struct image *image, const char *name)
{
    char text[NEAREST_TEXT_MAX];
    struct nearest nearest;
    nearest_open(&nearest, name);
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        if (image_symbol_is_export(&symbol) && is_function(image, &symbol))
            nearest_offer(&nearest, symbol.name);
    }
    nearest_format(&nearest, text);
    report_error("-e %s: no input defines it%s", name, text);
}

static void report_missing(const struct image *image, const char *name, const struct inputs *inputs)
{
    const char *holder = inputs_find_static(inputs, name);
    const char *user = inputs_find_reference(inputs, name);
    if (holder != NULL)
        report_error("-e %s: is static in %s; make it global", name, holder);
    else if (user != NULL)
        report_error("-e %s: is only used here (in %s), not defined; the entry point stands in the "
                     "extension itself",
                     name, user);
    else
        report_undefined(image, name);
}

static void check_entry(const struct image *image, const char *name, const struct inputs *inputs)
{
    struct image_symbol symbol;
    if (!find_definition(image, name, &symbol))
        report_missing(image, name, inputs);
    else if (!is_function(image, &symbol))
        report_error("-e %s: is no function", name);
}

void bind_link(const struct image *image, const struct options *options,
               const struct inputs *inputs, struct bindings *bindings)
{
    if (options->entry != NULL) {
        check_entry(image, options->entry, inputs);
        texts_add(&bindings->link, memory_text("%s=%s", MOD_LINK_ENTRY, options->entry));
    }
    if (options->libpath != NULL)
        texts_add(&bindings->link, memory_text("%s=%s", MOD_LINK_LIBPATH, options->libpath));
    if (options->is_shared)
        texts_add(&bindings->link, memory_text("%s=%s", MOD_LINK_TYPE, MOD_TYPE_SHARED));
}
