/* A load without a kernel; see the header. */
#include "tools/modplan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "loader/host.h"
#include "loader/image/arrays.h"
#include "loader/image/indirect.h"
#include "loader/image/relocation.h"
#include "loader/image/symbols.h"
#include "loader/image/unify.h"
#include "loader/link/exports.h"
#include "loader/link/import_name.h"
#include "loader/link/resolve.h"
#include "tools/modplan/map.h"
#include "tools/support/memory.h"

#define NEAREST_NAMES   3  /* suggested for an unresolved name */
#define NEAREST_LOOKUPS 32 /* unresolved names that get suggestions: each looks at every name */

/* One object on its way. Memory that is not there yet is NULL. */
struct job {
    struct plan *plan;
    const struct options *options;
    struct worlds *worlds;
    struct span object;
    struct image image;
    struct world *world;
    uint8_t *symbol_memory;
    struct symbols symbols;
    void *unify_memory;
    struct unified unified;
    uint32_t *offsets;
    struct placement placement;
    uint8_t *block;      /* with slots and stubs behind it, when there are any */
    uint64_t image_size; /* of all that */
    uint64_t base;
    struct name_owner owner; /* of its exports; never visible, as before it is published */
    struct definition *definitions;
    uint32_t definition_count;
    struct import_scope scope;
    unsigned nearest_lookups;
};

#define HEX(value) ((unsigned long long)(value))

static enum status step_check(struct job *job)
{
    enum status status = image_check(job->object, &job->image, &job->plan->diagnosis);
    if (status != STATUS_OK)
        return status;
    job->plan->figures.machine = job->image.machine;
    job->world = worlds_find(job->worlds, job->image.machine);
    job->base = job->options->has_base ? job->options->base : job->world->mode->extensions;
    return STATUS_OK;
}

static enum status step_unify(struct job *job)
{
    uint64_t size = unify_size(&job->image);
    if (size == 0)
        return STATUS_OK;
    job->unify_memory = memory_get(1, size);
    return unify(&job->image, job->unify_memory, &job->unified, &job->plan->diagnosis);
}

/* Dependents themselves are looked for when the object is loaded; that they are named is checked. */
static enum status step_gather(struct job *job)
{
    const char *file = (const char *)job->image.files.bytes;
    struct import_name name;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < job->image.file_count && status == STATUS_OK; i++) {
        if (strcmp(file, MOD_FILE_KERNEL) != 0)
            status = import_name_split(file, &name, &job->plan->diagnosis);
        file += strlen(file) + 1;
    }
    return status;
}

static enum status step_record(struct job *job)
{
    job->symbol_memory = memory_get((size_t)symbols_size(&job->image), 1);
    symbols_copy(&job->image, job->symbol_memory, &job->symbols);
    return STATUS_OK;
}

/* Addresses end here: those of extensions, or all when --base says where to place it. */
static uint64_t address_limit(const struct job *job)
{
    if (!job->options->has_base)
        return job->world->mode->extensions_end;
    return job->image.machine->is_64 ? UINT64_MAX : UINT32_MAX;
}

/* A place that --base gives is not the object's choice. */
static enum status check_base(const struct job *job)
{
    const struct placement *placement = &job->placement;
    uint64_t limit = address_limit(job);
    if (job->base > limit || limit - job->base < placement->size_bytes)
        return diagnose(&job->plan->diagnosis, STATUS_OUT_OF_REACH,
                        "0x%x bytes at 0x%llx, addresses end at 0x%llx", placement->size_bytes,
                        HEX(job->base), HEX(limit));
    if (job->base % placement->alignment_bytes != 0)
        return diagnose(&job->plan->diagnosis, STATUS_OUT_OF_REACH,
                        "0x%llx is not a multiple of 0x%x, to which it must be aligned",
                        HEX(job->base), placement->alignment_bytes);
    return STATUS_OK;
}

/* Makes room for `size` bytes behind the block; where they are. */
static uint8_t *extend_block(struct job *job, uint64_t size)
{
    uint64_t before = job->image_size;
    job->image_size += size;
    job->block = memory_resize(job->block, job->image_size, 1);
    return job->block + before;
}

/* Slots and stubs stand behind the block, within reach as in a kernel. */
static void fill_linkage(struct job *job, struct linkage *linkage)
{
    uint64_t address = job->base + job->image_size;
    uint8_t *bytes = extend_block(job, linkage_size(linkage, HOST_PAGE_SIZE));
    linkage_fill(linkage, &job->symbols, bytes, address);
    job->plan->figures.slots += linkage->layout.slot_count;
    job->plan->figures.stubs += linkage->layout.stub_count;
}

/* Stubs for indirect functions; they jump to the resolvers, which only a kernel can run. */
static void place_indirect(struct job *job)
{
    struct linkage linkage;
    void *map = memory_get(1, linkage_map_size(job->symbols.count));
    linkage_init(&linkage, job->image.machine, job->symbols.count, map);
    indirect_want(&job->image, &job->symbols, &linkage);
    fill_linkage(job, &linkage);
    indirect_place(&linkage, &job->symbols);
    free(map);
}

static enum status step_place(struct job *job)
{
    struct placement *placement = &job->placement;
    job->offsets = memory_get(job->image.section_count, sizeof(*job->offsets));
    enum status status =
        placement_plan(&job->image, HOST_PAGE_SIZE, job->offsets, placement, &job->plan->diagnosis);
    if (status == STATUS_OK && placement->size_bytes != 0)
        status = check_base(job);
    if (status != STATUS_OK)
        return status;
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++)
        job->plan->figures.bytes[kind] = placement->segments[kind].size_bytes;
    job->image_size = placement->size_bytes;
    job->block = memory_get(placement->size_bytes, 1);
    placement_fill(&job->image, placement, job->block, true);
    symbols_place(&job->symbols, &job->image, placement, job->base);
    if (job->image.indirect_count != 0)
        place_indirect(job);
    unify_place(&job->unified, &job->symbols, placement, job->base);
    return STATUS_OK;
}

static enum status define(struct job *job, const struct export_item *item)
{
    struct definition *definition = &job->definitions[job->definition_count];
    const char *name = symbols_name(&job->symbols, item->symbol);
    if (export_is_entry_point(name))
        return STATUS_OK;
    *definition = (struct definition){
        .name = name,
        .address = symbols_address(&job->symbols, item->symbol),
        .owner = &job->owner,
    };
    enum status status =
        export_check(&job->image, &job->placement, item->symbol, definition->address);
    if (status == STATUS_OK)
        status = name_space_define(&job->world->space, definition, item->hash);
    if (status != STATUS_OK)
        return diagnose(&job->plan->diagnosis, status, "%.128s", name);
    job->definition_count++;
    return STATUS_OK;
}

static enum status step_define(struct job *job)
{
    struct export_walk walk = {.image = &job->image};
    struct export_item item;
    uint32_t count = exports_count(&job->image);
    struct entry_points points;
    enum status status = STATUS_OK;
    job->definitions = memory_get(count, sizeof(*job->definitions));
    if (!name_space_reserve(&job->world->space, &job->owner, count))
        return diagnose(&job->plan->diagnosis, STATUS_NO_MEMORY, "%u exports", count);
    while (status == STATUS_OK && exports_next(&walk, &item))
        status = define(job, &item);
    job->plan->figures.exports = job->definition_count;
    return status != STATUS_OK ? status
                               : entry_points_find(&job->image, &points, &job->plan->diagnosis);
}

/* ".text+0x5c", or where nothing refers to it. */
static char *describe_place(const struct image *image, const struct unresolved *unresolved)
{
    if (unresolved->place_section == 0)
        return memory_text("nothing in memory");
    return memory_text("%s+0x%llx", image_section(image, unresolved->place_section).name,
                       HEX(unresolved->place_offset));
}

/* "; nearest: a, b" or nothing. */
static char *describe_nearest(struct job *job, const struct unresolved *unresolved)
{
    const char *nearest[NEAREST_NAMES];
    char *text = memory_text("%s", "");
    if (unresolved->provider != NULL || job->nearest_lookups++ >= NEAREST_LOOKUPS)
        return text;
    size_t count = name_space_nearest(&job->world->space, unresolved->name, nearest, NEAREST_NAMES,
                                      &job->worlds->nearest_steps);
    for (size_t i = 0; i < count; i++) {
        char *longer = memory_text("%s%s%.512s", text, i == 0 ? "; nearest: " : ", ", nearest[i]);
        free(text);
        text = longer;
    }
    return text;
}

static void note_unresolved(const struct unresolved *unresolved, void *context)
{
    struct job *job = context;
    char *place = describe_place(&job->image, unresolved);
    char *nearest = describe_nearest(job, unresolved);
    given_add(&job->plan->notes,
              memory_text("%.512s: not exported by %s; needed by %s%s", unresolved->name,
                          world_owner_name(unresolved->provider), place, nearest));
    free(place);
    free(nearest);
}

/* Whether one of the unresolved names should have come from the kernel. */
static void find_global(const struct unresolved *unresolved, void *context)
{
    *(bool *)context |= unresolved->provider == NULL;
}

static enum status refuse_unresolved(struct job *job, const struct resolution *resolution)
{
    bool is_global = false;
    resolve_visit_unresolved(&job->image, &job->symbols, &job->scope, find_global, &is_global);
    if (!job->options->is_quiet)
        resolve_visit_unresolved(&job->image, &job->symbols, &job->scope, note_unresolved, job);
    if (!job->world->is_listed && is_global)
        given_add(&job->plan->notes,
                  memory_text("no list of the kernel's exports was found: give it with "
                              "-k kernex.imp"));
    return diagnose(&job->plan->diagnosis,
                    is_global ? STATUS_UNRESOLVED : STATUS_UNRESOLVED_DEPENDENT, "%u of %u imports",
                    resolution->unresolved, resolution->imports);
}

static enum status step_resolve(struct job *job)
{
    struct resolution resolution;
    world_scope(job->world, &job->image, &job->scope);
    job->scope.origin = job->base;
    resolve(&job->image, &job->symbols, &job->scope, &resolution);
    job->plan->figures.imports = resolution.imports;
    resolution_clear(&resolution);
    enum status status = resolution_check(&resolution, &job->image, &job->plan->diagnosis);
    if (status == STATUS_OK && resolution.unresolved != 0)
        resolve_forget_unneeded(&job->image, &job->symbols, &resolution);
    if (status == STATUS_OK && resolution.unresolved != 0)
        status = refuse_unresolved(job, &resolution);
    return status;
}

static uint32_t count_relocations(const struct image *image)
{
    struct relocation_walk walk = {.image = image};
    uint32_t count = 0;
    while (relocations_next(&walk))
        count++;
    return count;
}

/* Goes on where an entry needed what was not there yet. */
static enum status relocate_linked(struct job *job, struct relocating *work)
{
    struct linkage linkage;
    uint32_t count = job->symbols.count;
    void *map = memory_get(1, linkage_map_size(count));
    linkage_init(&linkage, job->image.machine, count, map);
    relocations_want(work, &linkage);
    fill_linkage(job, &linkage);
    work->block = job->block;
    work->linkage = &linkage;
    enum status status = relocate(work, &job->plan->diagnosis);
    free(map);
    return status;
}

static enum status step_relocate(struct job *job)
{
    struct plan *plan = job->plan;
    struct relocating work = {
        .image = &job->image,
        .placement = &job->placement,
        .symbols = &job->symbols,
        .block = job->block,
        .base = job->base,
    };
    plan->figures.relocations = count_relocations(&job->image);
    enum status status = relocate(&work, &plan->diagnosis);
    if (status == STATUS_OK && work.wants_linkage)
        status = relocate_linked(job, &work);
    return status;
}

/* Constructors and the like are run in a kernel only, but what could not be one is seen here. */
static enum status step_functions(struct job *job)
{
    const struct image *image = &job->image;
    struct functions functions;
    if (image->array_count == 0)
        return STATUS_OK;
    void *scratch = memory_get(1, (size_t)arrays_scratch_size(image));
    uintptr_t *entries = memory_get(image->function_count, sizeof(*entries));
    enum status status = arrays_collect(image, &job->placement, job->block, job->base, scratch,
                                        entries, &functions, &job->plan->diagnosis);
    free(entries);
    free(scratch);
    return status;
}

static enum status step_give(struct job *job)
{
    struct plan *plan = job->plan;
    if (job->options->has_map)
        map_make(&job->image, &job->placement, &job->symbols, job->base, &plan->notes);
    if (job->options->image != NULL) {
        plan->bytes = span_make(job->block, job->image_size);
        job->block = NULL;
    }
    return STATUS_OK;
}

static void job_free(struct job *job)
{
    for (uint32_t i = 0; i < job->definition_count; i++)
        name_space_remove(&job->world->space, &job->definitions[i]);
    free(job->definitions);
    free((void *)job->scope.files);
    free(job->symbol_memory);
    free(job->unify_memory);
    free(job->offsets);
    free(job->block);
}

void plan_make(struct span object, struct worlds *worlds, const struct options *options,
               struct plan *plan)
{
    static enum status (*const steps[])(struct job * job) = {
        step_check,  step_unify,   step_gather,   step_record,    step_place,
        step_define, step_resolve, step_relocate, step_functions, step_give,
    };
    struct job job = {
        .plan = plan,
        .options = options,
        .worlds = worlds,
        .object = object,
        .owner = {.name = "the object"},
    };
    enum status status = STATUS_OK;
    *plan = (struct plan){0};
    diagnosis_init(&plan->diagnosis);
    for (size_t i = 0; i < ARRAY_COUNT(steps) && status == STATUS_OK; i++)
        status = steps[i](&job);
    job_free(&job);
}

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->notes.count; i++)
        free((void *)plan->notes.items[i]);
    free(plan->notes.items);
    free((void *)plan->bytes.bytes);
}
