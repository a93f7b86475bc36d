/* Names without code; see the header. */
#include "tools/modplan/world.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/hash.h"
#include "loader/image/symfile.h"
#include "tools/support/file.h"
#include "tools/support/kit.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

#define NAME_SPACING 16 /* bytes from one made-up address to the next, as functions are aligned */

/* Whoever is imported from by a file's name. */
struct dependent {
    struct name_owner owner;
    bool is_listed; /* an import file says what it exports */
};

static void *allocate(size_t size_bytes)
{
    return memory_get(size_bytes, 1);
}

static void release(void *memory, size_t size_bytes UNUSED)
{
    free(memory);
}

static const struct table_memory heap = {allocate, release};

static bool is_kernel(const char *file)
{
    return file[0] == 0 || strcmp(file, MOD_FILE_KERNEL) == 0;
}

static struct dependent *dependent_of(struct world *world, const char *file)
{
    struct dependent *dependent = name_map_get(&world->dependents, file);
    if (dependent != NULL)
        return dependent;
    dependent = memory_get(1, sizeof(*dependent));
    dependent->owner = (struct name_owner){
        .name = memory_text("%s", file), .is_private = true, .is_visible = true};
    name_map_put(&world->dependents, dependent->owner.name, dependent);
    return dependent;
}

/* The first definition of a name by one owner is the one. */
static void define_at(struct world *world, struct name_owner *owner, const char *name,
                      uint64_t address)
{
    struct definition *definition = memory_get(1, sizeof(*definition));
    *definition =
        (struct definition){.name = memory_text("%s", name), .address = address, .owner = owner};
    if (!name_space_reserve(&world->space, owner, 1) ||
        name_space_define(&world->space, definition, hash_name(name)) != STATUS_OK)
        free(definition);
}

/* There may be more names than a kernel has bytes for: then some share an address. */
static void define(struct world *world, struct name_owner *owner, const char *name)
{
    define_at(world, owner, name, world->next_address);
    world->next_address += NAME_SPACING;
    if (world->next_address == world->mode->kernel_end)
        world->next_address = world->mode->kernel;
}

static void define_listed(struct world *world, const char *file, const char *name)
{
    if (is_kernel(file)) {
        world->is_listed = true;
        define(world, &world->kernel, name);
        return;
    }
    struct dependent *dependent = dependent_of(world, file);
    dependent->is_listed = true;
    define(world, &dependent->owner, name);
}

static void read_list(struct worlds *worlds, const char *path)
{
    struct span text;
    struct symfile symfile;
    struct symfile_entry entry;
    enum symfile_result result;
    const char *why;
    if (!file_read(path, &text))
        return;
    symfile_open(text, &symfile);
    while ((result = symfile_next(&symfile, &entry, &why)) != SYMFILE_END) {
        if (result == SYMFILE_ERROR) {
            report_error("%s:%u: %s", path, symfile.line, why);
            continue;
        }
        for (size_t i = 0; i < MODE_COUNT; i++) {
            bool is_64 = worlds->items[i].mode->machine->is_64;
            if (is_64 ? symfile.applies_64 : symfile.applies_32)
                define_listed(&worlds->items[i], symfile.file, entry.name);
        }
    }
}

static void add_define(struct worlds *worlds, const char *text)
{
    const char *name;
    uint64_t address;
    if (!options_split_define(text, &name, &address))
        return; /* the options were checked */
    for (size_t i = 0; i < MODE_COUNT; i++) {
        worlds->items[i].is_listed = true;
        define_at(&worlds->items[i], &worlds->items[i].kernel, name, address);
    }
}

static void world_init(struct world *world, const struct mode *mode, const struct options *options)
{
    *world = (struct world){
        .mode = mode,
        .kernel = {.name = MOD_FILE_KERNEL, .is_visible = true},
        .next_address = mode->kernel,
        .stubs_imports = options->stubs_imports,
    };
    name_space_init(&world->space, &heap);
    name_map_init(&world->dependents);
}

/* The kit's own list, when modplan is part of one. */
static void read_kit(struct worlds *worlds)
{
    const char *folder = kit_folder();
    const char *path = folder != NULL ? memory_text("%s/kernex.imp", folder) : NULL;
    if (path != NULL && access(path, F_OK) == 0)
        read_list(worlds, path);
}

void worlds_open(struct worlds *worlds, const struct options *options)
{
    for (size_t i = 0; i < MODE_COUNT; i++)
        world_init(&worlds->items[i], &modes[i], options);
    for (size_t i = 0; i < options->defines.count; i++)
        add_define(worlds, options->defines.items[i]);
    for (size_t i = 0; i < options->kernels.count; i++)
        read_list(worlds, options->kernels.items[i]);
    if (options->kernels.count == 0)
        read_kit(worlds);
}

struct world *worlds_find(struct worlds *worlds, const struct machine *machine)
{
    size_t i = 0;
    while (worlds->items[i].mode->machine != machine)
        i++;
    return &worlds->items[i];
}

/* Makes up what one import needs; `owner` is NULL for the kernel. */
static void make_up(struct world *world, struct name_owner *owner,
                    const struct image_symbol *symbol)
{
    uint32_t hash = hash_name(symbol->name);
    bool is_trusted = owner != NULL && !CONTAINER_OF(owner, struct dependent, owner)->is_listed;
    bool is_there = owner != NULL
                        ? name_space_find_own(&world->space, symbol->name, hash, owner) != NULL
                        : name_space_find(&world->space, symbol->name, hash) != NULL;
    bool is_stub = world->stubs_imports && symbol->binding != STB_WEAK;
    /* A linker's own name; nobody exports it. */
    bool is_origin = strcmp(symbol->name, "_GLOBAL_OFFSET_TABLE_") == 0;
    if (!is_there && !is_origin && (is_trusted || is_stub))
        define(world, owner != NULL ? owner : &world->kernel, symbol->name);
}

/* Records and symbols ascend alike. Local symbols are no imports. */
static void make_up_all(struct world *world, const struct image *image, struct name_owner **owners)
{
    uint32_t record = 0;
    uint32_t i = image->first_global != 0 ? image->first_global - 1 : 0;
    while ((i = image_next_undefined(image, i + 1)) < image->symbol_count) {
        struct name_owner *owner = NULL;
        while (record < image_import_count(image) && image_import(image, record).symbol < i)
            record++;
        if (record < image_import_count(image) && image_import(image, record).symbol == i)
            owner = owners[image_import(image, record).file];
        struct image_symbol symbol = image_symbol(image, i);
        make_up(world, owner, &symbol);
    }
}

void world_scope(struct world *world, const struct image *image, struct import_scope *scope)
{
    struct name_owner **owners = memory_get(image->file_count, sizeof(*owners));
    const char *file = (const char *)image->files.bytes;
    for (uint32_t i = 0; i < image->file_count; i++, file += strlen(file) + 1)
        owners[i] = strcmp(file, MOD_FILE_KERNEL) == 0 ? NULL : &dependent_of(world, file)->owner;
    make_up_all(world, image, owners);
    *scope = (struct import_scope){
        .space = &world->space,
        .files = (const struct name_owner *const *)owners,
        .file_count = image->file_count,
    };
}

const char *world_owner_name(const struct name_owner *owner)
{
    return owner == NULL ? MOD_FILE_KERNEL : owner->name;
}
