/* The steps that bind names: dependents, own exports, entry points, imports. */
#include <elf.h>

#include "lib/format.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/host.h"
#include "loader/link/exports.h"
#include "loader/link/resolve.h"
#include "loader/live/fault.h"
#include "loader/live/group.h"
#include "loader/live/load.h"
#include "loader/live/notes.h"
#include "loader/live/plan.h"
#include "loader/live/state.h"

#define NEAREST_NAMES    3  /* suggested for an unresolved name */
#define NEAREST_LOOKUPS  32 /* unresolved names that get suggestions: each looks at every name */
#define FUNCTION_LOOKUPS 64 /* places told by their function: each looks at every symbol */

/* Puts one export into the name space; it cannot be seen before the extension is published. */
static enum status define(struct member *member, const struct export_item *item)
{
    struct extension *extension = member->extension;
    struct definition *definition = &extension_definitions(extension)[extension->definition_count];
    const char *name = symbols_name(&extension->symbols, item->symbol);
    if (export_is_entry_point(name))
        return STATUS_OK;
    *definition = (struct definition){
        .link = DEFINITION_LINK(item->mclass),
        .name = name,
        .address = symbols_address(&extension->symbols, item->symbol),
        .owner = &extension->owner,
    };
    enum status status =
        export_check(&member->image, &member->placement, item->symbol, definition->address);
    if (LIKELY(status == STATUS_OK))
        status = name_space_define(&loader.names, definition, item->hash);
    if (status != STATUS_OK)
        return diagnose(member->load->diagnosis, status, "%.128s", name);
    extension->definition_count++;
    return STATUS_OK;
}

static enum status define_exports(struct member *member)
{
    struct export_walk walk = {.image = &member->image};
    struct export_item item;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && exports_next(&walk, &item))
        status = define(member, &item);
    return status;
}

/* The address of an entry point; 0 when there is none. */
static uintptr_t entry_address(const struct extension *extension, uint32_t symbol)
{
    return symbol == 0 ? 0 : (uintptr_t)symbols_address(&extension->symbols, symbol);
}

static enum status adopt_entry_points(struct member *member)
{
    struct extension *extension = member->extension;
    struct entry_points points;
    enum status status = entry_points_find(&member->image, &points, member->load->diagnosis);
    if (status != STATUS_OK)
        return status;
    extension->load = (int (*)(void))entry_address(extension, points.load);
    extension->unload = (int (*)(void))entry_address(extension, points.unload);
    extension->entry = entry_address(extension, points.configuration);
    return STATUS_OK;
}

enum status step_define(struct member *member)
{
    uint32_t count = exports_count(&member->image);
    enum status status = STATUS_OK;
    if (fault_point() || !name_space_reserve(&loader.names, &member->extension->owner, count))
        status = diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "%u exports", count);
    if (status == STATUS_OK)
        status = define_exports(member);
    if (status == STATUS_OK)
        status = adopt_entry_points(member);
    if (status != STATUS_OK)
        step_define_back(member->extension);
    return status;
}

void step_define_back(struct extension *extension)
{
    for (uint32_t i = 0; i < extension->definition_count; i++)
        name_space_remove(&loader.names, &extension_definitions(extension)[i]);
    extension->definition_count = 0;
    name_space_trim(&loader.names);
}

/* The function that a place lies in, from the image's own symbols; 0 when there is none. */
static uint32_t enclosing_function(const struct image *image, uint32_t section, uint64_t offset)
{
    uint32_t best = 0;
    uint64_t best_value = 0;
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        bool is_candidate = symbol.section == section && symbol.value <= offset &&
                            (symbol.type == STT_FUNC || symbol.type == STT_OBJECT);
        if (is_candidate && (best == 0 || symbol.value >= best_value)) {
            best = i;
            best_value = symbol.value;
        }
    }
    return best;
}

/* "fmt_line+0x1c (.text+0x5c)", or without the function. */
static void describe_place(const struct image *image, const struct unresolved *unresolved,
                           bool with_function, char *text, size_t size)
{
    unsigned long long offset = unresolved->place_offset;
    if (unresolved->place_section == 0) {
        text_copy(text, size, "nothing in memory");
        return;
    }
    const char *section = image_section(image, unresolved->place_section).name;
    uint32_t function =
        with_function ? enclosing_function(image, unresolved->place_section, offset) : 0;
    if (function == 0) {
        format_text(text, size, "%.32s+0x%llx", section, offset);
        return;
    }
    struct image_symbol symbol = image_symbol(image, function);
    format_text(text, size, "%.64s+0x%llx (%.32s+0x%llx)", symbol.name,
                offset - (unsigned long long)symbol.value, section, offset);
}

/* "; nearest: a, b" or nothing. */
static void describe_nearest(const char *name, uint32_t *steps, char *text, size_t size)
{
    const char *nearest[NEAREST_NAMES];
    size_t count = name_space_nearest(&loader.names, name, nearest, NEAREST_NAMES, steps);
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && length < size; i++)
        length += format_text(text + length, size - length, "%s%.64s",
                              i == 0 ? "; nearest: " : ", ", nearest[i]);
}

/* What a list of unresolved names is being written for. */
struct report {
    struct member *member;
    unsigned names;
    unsigned globals; /* of them, those that /unix does not have */
};

/* "path" or "path(member)" of whoever does not export a name. */
static void describe_provider(const struct name_owner *owner, char *text, size_t size)
{
    if (owner == NULL) {
        text_copy(text, size, MOD_FILE_KERNEL);
        return;
    }
    const struct extension *provider = CONTAINER_OF(owner, struct extension, owner);
    format_text(text, size, "%s%s%s%s", provider->path, provider->has_member ? "(" : "",
                extension_member(provider), provider->has_member ? ")" : "");
}

static void report_unresolved(const struct unresolved *unresolved, void *context)
{
    struct report *report = context;
    struct diagnosis *diagnosis = report->member->load->diagnosis;
    bool is_global = unresolved->provider == NULL;
    if (unresolved->provider == &plan_absent_owner)
        return; /* its file is missing, which has been told */
    bool with_function = report->names++ < FUNCTION_LOOKUPS;
    char place[160];
    char nearest[NEAREST_NAMES * 66 + 12] = "";
    char provider[DIAGNOSIS_FILE_MAX + DIAGNOSIS_MEMBER_MAX];
    describe_place(&report->member->image, unresolved, with_function, place, sizeof(place));
    describe_provider(unresolved->provider, provider, sizeof(provider));
    if (is_global && report->globals++ < NEAREST_LOOKUPS)
        describe_nearest(unresolved->name, &report->member->load->nearest_steps, nearest,
                         sizeof(nearest));
    if (is_global)
        diagnosis_note_symbol(diagnosis, unresolved->symbol, unresolved->name, provider,
                              ": needed by %s%s", place, nearest);
    else
        diagnosis_note_symbol(diagnosis, unresolved->symbol, unresolved->name, provider,
                              ": not exported by %s; needed by %s", provider, place);
}

static enum status refuse_unresolved(struct member *member, const struct import_scope *scope,
                                     const struct resolution *resolution)
{
    struct report report = {.member = member};
    resolve_visit_unresolved(&member->image, &member->extension->symbols, scope, report_unresolved,
                             &report);
    if (report.names == 0)
        return STATUS_OK;
    return diagnose(member->load->diagnosis,
                    report.globals != 0 ? STATUS_UNRESOLVED : STATUS_UNRESOLVED_DEPENDENT,
                    "%u of %u imports", report.names, resolution->imports);
}

static void hold(struct extension *extension, struct extension *provider)
{
    provider->use_count++;
    if (provider->group == extension->group)
        provider->inner_uses++;
}

/* The kernel's use count needs no holding up, nor does the extension's own. */
static bool is_held(const struct extension *extension, const struct extension *provider)
{
    return provider != loader.kernel && provider != extension;
}

/* How many there are to hold. A count at its limit is found before anything is held. */
static enum status count_providers(struct member *member, const struct resolution *resolution,
                                   uint32_t *count)
{
    *count = 0;
    for (struct name_owner *owner = resolution->marked; owner; owner = owner->next_marked) {
        const struct extension *provider = CONTAINER_OF(owner, struct extension, owner);
        if (provider->use_count == UINT32_MAX)
            return diagnose(member->load->diagnosis, STATUS_COUNT_LIMIT, "use count of %.128s",
                            provider->path);
        *count += is_held(member->extension, provider);
    }
    return STATUS_OK;
}

/* Room for `count` of them; one needs none. */
static enum status reserve_providers(struct member *member, uint32_t count)
{
    struct extension *extension = member->extension;
    if (count > 1) {
        extension->providers.all = fault_allocate(count * sizeof(struct extension *));
        if (extension->providers.all == NULL)
            return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "%u providers", count);
    }
    extension->provider_count = count;
    return STATUS_OK;
}

/* Holds up the use count of every object bound to. */
static enum status hold_providers(struct member *member, const struct resolution *resolution)
{
    struct extension *extension = member->extension;
    uint32_t count;
    enum status status = count_providers(member, resolution, &count);
    if (status != STATUS_OK || count == 0)
        return status;
    status = reserve_providers(member, count);
    if (status != STATUS_OK)
        return status;
    struct extension **next = count == 1 ? &extension->providers.only : extension->providers.all;
    for (struct name_owner *owner = resolution->marked; owner; owner = owner->next_marked) {
        struct extension *provider = CONTAINER_OF(owner, struct extension, owner);
        if (!is_held(extension, provider))
            continue;
        *next++ = provider;
        hold(extension, provider);
    }
    return STATUS_OK;
}

static const struct name_owner *owner_of(const struct member *provider)
{
    if (provider == NULL)
        return NULL;
    return provider->is_refused ? &plan_absent_owner : &provider->extension->owner;
}

/* Whose the names of each import file are. */
static enum status find_owners(struct member *member)
{
    if (member->file_count == 0)
        return STATUS_OK;
    member->owners =
        scratch_allocate(&member->load->scratch, member->file_count * sizeof(*member->owners));
    if (member->owners == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "%u import files",
                        member->file_count);
    for (uint32_t i = 0; i < member->file_count; i++)
        member->owners[i] = owner_of(member->files[i]);
    return STATUS_OK;
}

struct import_scope member_scope(const struct member *member)
{
    return (struct import_scope){
        .space = &loader.names,
        .files = member->owners,
        .file_count = member->file_count,
        .origin = member->extension->base,
    };
}

/* A plan goes on with the relocations of an object whose names are not all there. */
static enum status go_on_unresolved(struct member *member, enum status status)
{
    if (status != STATUS_OK && !plan_goes_on(member))
        return status;
    plan_suppose(member);
    return STATUS_OK;
}

enum status step_resolve(struct member *member)
{
    struct resolution resolution;
    enum status status = find_owners(member);
    if (status != STATUS_OK)
        return status;
    const struct import_scope scope = member_scope(member);
    resolve(&member->image, &member->extension->symbols, &scope, &resolution);
    status = resolution_check(&resolution, &member->image, member->load->diagnosis);
    if (status == STATUS_OK && resolution.unresolved != 0)
        resolve_forget_unneeded(&member->image, &member->extension->symbols, &resolution);
    if (status == STATUS_OK && resolution.unresolved != 0)
        status = go_on_unresolved(member, refuse_unresolved(member, &scope, &resolution));
    else if (status == STATUS_OK)
        status = hold_providers(member, &resolution);
    resolution_clear(&resolution);
    return status;
}

void step_resolve_back(struct extension *extension)
{
    for (uint32_t i = 0; i < extension->provider_count; i++) {
        struct extension *provider = extension_providers(extension)[i];
        provider->use_count--;
        if (provider->group == extension->group)
            provider->inner_uses--;
        else
            group_consider(provider->group);
    }
    if (extension->provider_count > 1)
        host_release(extension->providers.all);
    extension->provider_count = 0;
    extension->providers.all = NULL;
}
