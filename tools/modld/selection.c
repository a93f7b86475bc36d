/*
 * The search. `definers` maps each name to the input that defines it, or would if it were linked in:
 * a linked one if there is any, otherwise the first member. Every linked input is looked at once.
 */
#include "tools/modld/selection.h"

#include <elf.h>
#include <string.h>

#include "tools/modld/scratch.h"
#include "tools/support/file.h"
#include "tools/support/memory.h"
#include "tools/support/name_map.h"
#include "tools/support/report.h"

struct selection {
    const struct symbol_list *imports;
    const struct dependents *dependents;
    struct name_map definers; /* of struct input */
    struct input **queue;     /* linked inputs whose needs are looked at, or will be */
    size_t count;
};

/* Enters what an input defines, in place of what is not linked in. */
static void enter(struct selection *selection, struct input *input)
{
    for (uint32_t i = 1; i < input->image.symbol_count; i++) {
        struct image_symbol symbol = image_symbol(&input->image, i);
        if (!image_symbol_is_export(&symbol))
            continue;
        const struct input *definer = name_map_get(&selection->definers, symbol.name);
        if (definer == NULL || (input->is_linked && !definer->is_linked))
            name_map_put(&selection->definers, symbol.name, input);
    }
}

static void link_in(struct selection *selection, struct input *input)
{
    input->is_linked = true;
    selection->queue[selection->count++] = input;
    enter(selection, input);
}

/*
 * Whoever gives a library wants its code instead of the kernel's: kernex.imp lists much that nobody
 * needs. All other ways to have two origins are mistakes.
 */
static void check_origin(const struct selection *selection, const char *name,
                         const struct input *definer)
{
    const struct exporters *exporters = dependents_find(selection->dependents, name);
    const struct listed_symbol *listed = symbol_list_find(selection->imports, name);
    if (exporters != NULL)
        report_error("%s: is defined by %s, but also exported by %s; keep one of the two", name,
                     definer->path, exporters->first->name);
    if (listed != NULL && strcmp(listed->from, MOD_FILE_KERNEL) != 0)
        report_error(
            "%s:%u: %s: comes from %s here, but is also defined by %s; keep one of the two",
            listed->path, listed->line, name, listed->from, definer->path);
}

static void want(struct selection *selection, const char *name)
{
    struct input *definer = name_map_get(&selection->definers, name);
    if (definer == NULL || definer->is_linked)
        return;
    check_origin(selection, name, definer);
    link_in(selection, definer);
}

/* Weak references are content with what is there anyway. */
static void want_missing(struct selection *selection, const struct image *image)
{
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        if (image_symbol_is_import(&symbol) && symbol.binding == STB_GLOBAL)
            want(selection, symbol.name);
    }
}

void selection_make(const struct options *options, const struct symbol_list *exports,
                    const struct symbol_list *imports, struct inputs *inputs)
{
    struct selection selection = {.imports = imports, .dependents = &inputs->dependents};
    name_map_init(&selection.definers);
    selection.queue = memory_get(inputs->count, sizeof(*selection.queue));
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->items[i]->is_linked)
            link_in(&selection, inputs->items[i]);
        else
            enter(&selection, inputs->items[i]);
    }
    if (options->entry != NULL)
        want(&selection, options->entry);
    for (size_t i = 0; i < exports->count; i++)
        want(&selection, exports->symbols[i]->name);
    for (size_t i = 0; i < selection.count; i++)
        want_missing(&selection, &selection.queue[i]->image);
}

/* What is a file of its own needs no copy. */
static const char *write_input(const struct input *input)
{
    if (!input->is_member)
        return input->path;
    const char *path = scratch_path(input->path);
    return path != NULL && file_write(path, input->file) ? path : NULL;
}

bool selection_write(const struct inputs *inputs, struct texts *files)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (!inputs->items[i]->is_linked)
            continue;
        const char *path = write_input(inputs->items[i]);
        if (path == NULL)
            return false;
        texts_add(files, path);
    }
    return true;
}
