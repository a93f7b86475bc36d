/* The steps that bind names: dependents, own exports, entry points, imports. */
#include <elf.h>

#include "lib/format.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/host.h"
#include "loader/link/resolve.h"
#include "loader/live/load.h"
#include "loader/live/notes.h"
#include "loader/live/state.h"

#define NEAREST_NAMES   3  /* suggested for an unresolved name */
#define NEAREST_LOOKUPS 32 /* unresolved names that get suggestions: each looks at every name */

bool is_entry_point(const char *name)
{
    return name[0] == '_' && (strcmp(name, "_load") == 0 || strcmp(name, "_unload") == 0);
}

/* Without .mod.exports every global symbol in memory is exported, entry points excepted. */
static bool is_plain_export(const struct image *image, const struct image_symbol *symbol)
{
    if (!image_symbol_is_export(symbol) || is_entry_point(symbol->name) || symbol->name[0] == '\0')
        return false;
    if (symbol->section == SHN_ABS)
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

bool export_walk_next(struct export_walk *walk, struct export_item *item)
{
    if (walk->image->exports.bytes == NULL)
        return next_plain_export(walk, item);
    if (walk->next == image_export_count(walk->image))
        return false;
    struct mod_export record = image_export(walk->image, walk->next++);
    *item = (struct export_item){record.symbol, record.hash, record.mclass};
    return true;
}

/* Private dependents come later; until then the only file that provides names is the kernel. */
enum status step_gather(struct load *load)
{
    const struct image *image = &load->image;
    for (uint32_t i = 0; i < image_import_count(image); i++) {
        struct mod_import record = image_import(image, i);
        const char *file = image_import_file(image, record.file);
        if (strcmp(file, MOD_FILE_KERNEL) != 0)
            return diagnose(load->diagnosis, STATUS_IMPORT_FILE, "%.64s from %.128s",
                            image_symbol(image, record.symbol).name, file);
    }
    return STATUS_OK;
}

/* Puts one export into the name space; it cannot be seen before the extension is published. */
static enum status define(struct load *load, const struct export_item *item)
{
    struct extension *extension = load->extension;
    struct definition *definition = &extension->definitions[extension->definition_count];
    const char *name = symbols_name(&extension->symbols, item->symbol);
    if (is_entry_point(name))
        return STATUS_OK;
    if (name_space_find_own(&loader.names, name, item->hash, &extension->owner) != NULL)
        return diagnose(load->diagnosis, STATUS_SYMBOL_DUPLICATE, "%.128s", name);
    *definition = (struct definition){
        .name = name,
        .address = symbols_address(&extension->symbols, item->symbol),
        .owner = &extension->owner,
        .mclass = item->mclass,
    };
    name_space_add(&loader.names, definition, item->hash);
    extension->definition_count++;
    return STATUS_OK;
}

static enum status define_exports(struct load *load)
{
    struct export_walk walk = {.image = &load->image};
    struct export_item item;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && export_walk_next(&walk, &item))
        status = define(load, &item);
    return status;
}

/* An entry point must be code of this object, and there must be only one of it. */
static enum status adopt_entry_point(struct load *load, uint32_t index,
                                     const struct image_symbol *symbol)
{
    struct extension *extension = load->extension;
    int (**entry)(void) =
        strcmp(symbol->name, "_load") == 0 ? &extension->load : &extension->unload;
    bool is_code = symbol->section != SHN_ABS &&
                   (image_section(&load->image, symbol->section).flags & SHF_EXECINSTR) != 0;
    if (*entry != NULL)
        return diagnose(load->diagnosis, STATUS_SYMBOL_DUPLICATE, "%s", symbol->name);
    if (!is_code)
        return diagnose(load->diagnosis, STATUS_ENTRY_POINT, "%s in section %u", symbol->name,
                        symbol->section);
    *entry = (int (*)(void))(uintptr_t)symbols_address(&extension->symbols, index);
    return STATUS_OK;
}

static enum status adopt_entry_points(struct load *load)
{
    const struct image *image = &load->image;
    enum status status = STATUS_OK;
    for (uint32_t i = image->first_global; i < image->symbol_count && status == STATUS_OK; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        if (is_entry_point(symbol.name) && image_symbol_is_export(&symbol))
            status = adopt_entry_point(load, i, &symbol);
    }
    return status;
}

enum status step_define(struct load *load)
{
    uint32_t count = 0;
    struct export_walk walk = {.image = &load->image};
    struct export_item item;
    while (export_walk_next(&walk, &item))
        count++;
    enum status status = STATUS_OK;
    if (!name_space_reserve(&loader.names, &load->extension->owner, count))
        status = diagnose(load->diagnosis, STATUS_NO_MEMORY, "%u exports", count);
    if (status == STATUS_OK)
        status = define_exports(load);
    if (status == STATUS_OK)
        status = adopt_entry_points(load);
    if (status != STATUS_OK)
        step_define_back(load);
    return status;
}

void step_define_back(struct load *load)
{
    struct extension *extension = load->extension;
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

static const struct import_scope global_scope = {.space = &loader.names};

struct report {
    struct load *load;
    unsigned count;
};

static void report_unresolved(const struct unresolved *unresolved, void *context)
{
    struct report *report = context;
    char place[160];
    char nearest[NEAREST_NAMES * 66 + 12] = "";
    describe_place(&report->load->image, unresolved, place, sizeof(place));
    if (report->count++ < NEAREST_LOOKUPS)
        describe_nearest(unresolved->name, nearest, sizeof(nearest));
    diagnosis_note(report->load->diagnosis, "%s: needed by %s%s", unresolved->name, place, nearest);
}

static enum status refuse_unresolved(struct load *load, const struct resolution *resolution)
{
    struct report report = {.load = load};
    resolve_visit_unresolved(&load->image, &load->extension->symbols, &global_scope,
                             report_unresolved, &report);
    return diagnose(load->diagnosis, STATUS_UNRESOLVED, "%u of %u imports", resolution->unresolved,
                    resolution->imports);
}

/* Holds up the use count of every extension bound to; the kernel needs none. */
static enum status hold_providers(struct load *load, const struct resolution *resolution)
{
    struct extension *extension = load->extension;
    size_t size = resolution->marked_count * sizeof(*extension->providers);
    if (resolution->marked_count == 0)
        return STATUS_OK;
    extension->providers = host_allocate(size);
    if (extension->providers == NULL)
        return diagnose(load->diagnosis, STATUS_NO_MEMORY, "%u providers",
                        resolution->marked_count);
    for (struct name_owner *owner = resolution->marked; owner; owner = owner->next_marked) {
        struct extension *provider = CONTAINER_OF(owner, struct extension, owner);
        if (provider == loader.kernel)
            continue;
        extension->providers[extension->provider_count++] = provider;
        provider->use_count++;
    }
    return STATUS_OK;
}

enum status step_resolve(struct load *load)
{
    struct resolution resolution;
    resolve(&load->image, &load->extension->symbols, &global_scope, &resolution);
    enum status status = resolution.unresolved != 0 ? refuse_unresolved(load, &resolution)
                                                    : hold_providers(load, &resolution);
    resolution_clear(&resolution);
    return status;
}

void step_resolve_back(struct load *load)
{
    struct extension *extension = load->extension;
    for (uint32_t i = 0; i < extension->provider_count; i++)
        extension->providers[i]->use_count--;
    extension->provider_count = 0;
    host_release(extension->providers);
    extension->providers = NULL;
}
