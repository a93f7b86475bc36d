/* The steps that bind names: dependents, own exports, entry points, imports. */
#include <elf.h>

#include "lib/format.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/host.h"
#include "loader/link/resolve.h"
#include "loader/live/fault.h"
#include "loader/live/group.h"
#include "loader/live/load.h"
#include "loader/live/notes.h"
#include "loader/live/state.h"

#define NEAREST_NAMES   3  /* suggested for an unresolved name */
#define NEAREST_LOOKUPS 32 /* unresolved names that get suggestions: each looks at every name */

/* Exports of an image, one after the other. */
struct export_walk {
    const struct image *image;
    uint32_t next; /* record of .mod.exports, or symbol when there is no such section */
};

struct export_item {
    uint32_t symbol;
    uint32_t hash;
    uint32_t mclass;
};

/* _load and _unload belong to their own object and are never global. */
static bool is_entry_point(const char *name)
{
    return name[0] == '_' && (strcmp(name, "_load") == 0 || strcmp(name, "_unload") == 0);
}

/* Without .mod.exports every global symbol in memory is exported, entry points excepted. */
static bool is_plain_export(const struct image *image, const struct image_symbol *symbol)
{
    if (!image_symbol_is_export(symbol) || is_entry_point(symbol->name) || symbol->name[0] == '\0')
        return false;
    if (symbol->section == IMAGE_SECTION_ABSOLUTE)
        return true;
    struct image_section section = image_section(image, symbol->section);
    return image_section_is_loaded(&section);
}

static bool next_plain_export(struct export_walk *walk, struct export_item *item)
{
    uint32_t first = walk->image->first_global;
    for (uint32_t i = walk->next > first ? walk->next : first; i < walk->image->symbol_count; i++) {
        if (i == 0)
            continue;
        struct image_symbol symbol = image_symbol(walk->image, i);
        walk->next = i + 1;
        if (!is_plain_export(walk->image, &symbol))
            continue;
        *item = (struct export_item){i, hash_name(symbol.name), MOD_CLASS_SERVICE};
        return true;
    }
    return false;
}

static ALWAYS_INLINE bool next_export(struct export_walk *walk, struct export_item *item)
{
    if (walk->image->exports.bytes == NULL)
        return next_plain_export(walk, item);
    if (walk->next == image_export_count(walk->image))
        return false;
    struct mod_export record = image_export(walk->image, walk->next++);
    *item = (struct export_item){record.symbol, record.hash, record.mclass};
    return true;
}

uint32_t exports_count(const struct image *image)
{
    struct export_walk walk = {.image = image};
    struct export_item item;
    uint32_t count = 0;
    if (image->exports.bytes != NULL)
        return image_export_count(image);
    while (next_plain_export(&walk, &item))
        count++;
    return count;
}

/* Puts one export into the name space; it cannot be seen before the extension is published. */
static enum status define(struct member *member, const struct export_item *item)
{
    struct extension *extension = member->extension;
    struct definition *definition = &extension->definitions[extension->definition_count];
    const char *name = symbols_name(&extension->symbols, item->symbol);
    if (name[0] == '_' && is_entry_point(name))
        return STATUS_OK;
    *definition = (struct definition){
        .name = name,
        .address = symbols_address(&extension->symbols, item->symbol),
        .owner = &extension->owner,
        .mclass = item->mclass,
    };
    if (!name_space_define(&loader.names, definition, item->hash))
        return diagnose(member->load->diagnosis, STATUS_SYMBOL_DUPLICATE, "%.128s", name);
    extension->definition_count++;
    return STATUS_OK;
}

static enum status define_exports(struct member *member)
{
    struct export_walk walk = {.image = &member->image};
    struct export_item item;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && next_export(&walk, &item))
        status = define(member, &item);
    return status;
}

static bool is_code(const struct image *image, const struct image_symbol *symbol)
{
    return image_symbol_has_section(symbol) &&
           (image_section(image, symbol->section).flags & SHF_EXECINSTR) != 0;
}

/* An entry point must be code of this object, and there must be only one of it. */
static enum status adopt(struct member *member, uint32_t index, const struct image_symbol *symbol,
                         uintptr_t *entry)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    if (*entry != 0)
        return diagnose(diagnosis, STATUS_SYMBOL_DUPLICATE, "%.128s", symbol->name);
    if (!is_code(&member->image, symbol))
        return diagnose(diagnosis, STATUS_ENTRY_POINT, "%.128s in section %u", symbol->name,
                        symbol->section);
    *entry = (uintptr_t)symbols_address(&member->extension->symbols, index);
    return STATUS_OK;
}

/* The entry points that an object may have: two by their names, one by what modld recorded. */
struct entry_points {
    const char *recorded; /* NULL for none */
    uintptr_t load;
    uintptr_t unload;
    uintptr_t configuration;
};

static enum status adopt_symbol(struct member *member, uint32_t index, struct entry_points *points)
{
    struct image_symbol symbol = image_symbol(&member->image, index);
    enum status status = STATUS_OK;
    if (!image_symbol_is_export(&symbol))
        return STATUS_OK;
    if (is_entry_point(symbol.name))
        status = adopt(member, index, &symbol,
                       strcmp(symbol.name, "_load") == 0 ? &points->load : &points->unload);
    if (status == STATUS_OK && points->recorded != NULL &&
        strcmp(symbol.name, points->recorded) == 0)
        status = adopt(member, index, &symbol, &points->configuration);
    return status;
}

static enum status adopt_entry_points(struct member *member)
{
    const struct image *image = &member->image;
    struct extension *extension = member->extension;
    struct entry_points points = {.recorded = image_link(image, MOD_LINK_ENTRY)};
    enum status status = STATUS_OK;
    const char first = points.recorded != NULL ? points.recorded[0] : '_';
    /* Counted up before each look: without a symbol table this begins at 0. */
    uint32_t i = image->first_global - 1;
    while (status == STATUS_OK &&
           (i = image_next_named(image, i + 1, '_', first)) < image->symbol_count)
        status = adopt_symbol(member, i, &points);
    if (status == STATUS_OK && points.recorded != NULL && points.configuration == 0)
        status = diagnose(member->load->diagnosis, STATUS_ENTRY_POINT, "%.128s is not defined",
                          points.recorded);
    extension->load = (int (*)(void))points.load;
    extension->unload = (int (*)(void))points.unload;
    extension->entry = points.configuration;
    return status;
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
        name_space_remove(&loader.names, &extension->definitions[i]);
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

/* "fmt_line+0x1c (.text+0x5c)" */
static void describe_place(const struct image *image, const struct unresolved *unresolved,
                           char *text, size_t size)
{
    unsigned long long offset = unresolved->place_offset;
    if (unresolved->place_section == 0) {
        text_copy(text, size, "nothing in memory");
        return;
    }
    const char *section = image_section(image, unresolved->place_section).name;
    uint32_t function = enclosing_function(image, unresolved->place_section, offset);
    if (function == 0) {
        format_text(text, size, "%.32s+0x%llx", section, offset);
        return;
    }
    struct image_symbol symbol = image_symbol(image, function);
    format_text(text, size, "%.64s+0x%llx (%.32s+0x%llx)", symbol.name,
                offset - (unsigned long long)symbol.value, section, offset);
}

/* "; nearest: a, b" or nothing. */
static void describe_nearest(const char *name, char *text, size_t size)
{
    const char *nearest[NEAREST_NAMES];
    size_t count = name_space_nearest(&loader.names, name, nearest, NEAREST_NAMES);
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && length < size; i++)
        length += format_text(text + length, size - length, "%s%.64s",
                              i == 0 ? "; nearest: " : ", ", nearest[i]);
}

/* What a list of unresolved names is being written for. */
struct report {
    struct member *member;
    unsigned globals; /* names that /unix does not have */
};

/* "path" or "path(member)" of whoever does not export a name. */
static void describe_provider(const struct name_owner *owner, char *text, size_t size)
{
    if (owner == NULL) {
        text_copy(text, size, MOD_FILE_KERNEL);
        return;
    }
    const struct extension *provider = CONTAINER_OF(owner, struct extension, owner);
    bool has_member = provider->member[0] != '\0';
    format_text(text, size, "%s%s%s%s", provider->path, has_member ? "(" : "", provider->member,
                has_member ? ")" : "");
}

static void report_unresolved(const struct unresolved *unresolved, void *context)
{
    struct report *report = context;
    struct diagnosis *diagnosis = report->member->load->diagnosis;
    bool is_global = unresolved->provider == NULL;
    char place[160];
    char nearest[NEAREST_NAMES * 66 + 12] = "";
    char provider[DIAGNOSIS_FILE_MAX + DIAGNOSIS_MEMBER_MAX];
    describe_place(&report->member->image, unresolved, place, sizeof(place));
    describe_provider(unresolved->provider, provider, sizeof(provider));
    if (is_global && report->globals++ < NEAREST_LOOKUPS)
        describe_nearest(unresolved->name, nearest, sizeof(nearest));
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
    return diagnose(member->load->diagnosis,
                    report.globals != 0 ? STATUS_UNRESOLVED : STATUS_UNRESOLVED_DEPENDENT,
                    "%u of %u imports", resolution->unresolved, resolution->imports);
}

static void hold(struct extension *extension, struct extension *provider)
{
    extension->providers[extension->provider_count++] = provider;
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

/* Holds up the use count of every object bound to. */
static enum status hold_providers(struct member *member, const struct resolution *resolution)
{
    struct extension *extension = member->extension;
    uint32_t count;
    enum status status = count_providers(member, resolution, &count);
    if (status != STATUS_OK || count == 0)
        return status;
    extension->providers = fault_allocate(count * sizeof(*extension->providers));
    if (extension->providers == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "%u providers", count);
    for (struct name_owner *owner = resolution->marked; owner; owner = owner->next_marked) {
        struct extension *provider = CONTAINER_OF(owner, struct extension, owner);
        if (is_held(extension, provider))
            hold(extension, provider);
    }
    return STATUS_OK;
}

/* Where each import file's names are: the owners of the load's own objects, by file. */
static enum status make_scope(struct member *member, struct import_scope *scope,
                              const struct name_owner ***owners)
{
    *owners = NULL;
    *scope = (struct import_scope){.space = &loader.names};
    if (member->file_count == 0)
        return STATUS_OK;
    *owners = scratch_allocate(&member->load->scratch, member->file_count * sizeof(**owners));
    if (*owners == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "%u import files",
                        member->file_count);
    for (uint32_t i = 0; i < member->file_count; i++)
        (*owners)[i] = member->files[i] != NULL ? &member->files[i]->extension->owner : NULL;
    scope->files = *owners;
    scope->file_count = member->file_count;
    return STATUS_OK;
}

enum status step_resolve(struct member *member)
{
    struct import_scope scope;
    const struct name_owner **owners;
    struct resolution resolution;
    enum status status = make_scope(member, &scope, &owners);
    if (status != STATUS_OK)
        return status;
    resolve(&member->image, &member->extension->symbols, &scope, &resolution);
    status = resolution.unresolved != 0 ? refuse_unresolved(member, &scope, &resolution)
                                        : hold_providers(member, &resolution);
    resolution_clear(&resolution);
    return status;
}

void step_resolve_back(struct extension *extension)
{
    for (uint32_t i = 0; i < extension->provider_count; i++) {
        struct extension *provider = extension->providers[i];
        provider->use_count--;
        if (provider->group == extension->group)
            provider->inner_uses--;
        else
            group_consider(provider->group);
    }
    extension->provider_count = 0;
    host_release(extension->providers);
    extension->providers = NULL;
}
