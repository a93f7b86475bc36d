/* Which of the linked inputs has a symbol: for messages. */
#include <elf.h>
#include <string.h>

#include "tools/modld/inputs.h"

static bool is_reference(const struct image_symbol *symbol)
{
    return image_symbol_is_import(symbol) && symbol->binding != STB_LOCAL;
}

static bool is_static(const struct image_symbol *symbol)
{
    bool is_named = symbol->type != STT_SECTION && symbol->type != STT_FILE;
    return is_named && symbol->binding == STB_LOCAL && symbol->section != SHN_UNDEF;
}

static bool has_symbol(const struct image *image, const char *name,
                       bool (*is_wanted)(const struct image_symbol *symbol))
{
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        if (is_wanted(&symbol) && strcmp(symbol.name, name) == 0)
            return true;
    }
    return false;
}

static const char *find(const struct inputs *inputs, const char *name,
                        bool (*is_wanted)(const struct image_symbol *symbol))
{
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = inputs->items[i];
        if (input->is_linked && has_symbol(&input->image, name, is_wanted))
            return input->path;
    }
    return NULL;
}

const char *inputs_find_reference(const struct inputs *inputs, const char *name)
{
    return find(inputs, name, is_reference);
}

const char *inputs_find_static(const struct inputs *inputs, const char *name)
{
    return find(inputs, name, is_static);
}
