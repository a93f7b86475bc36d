/*
 * Who is bound to which definition. Nothing is kept for it: an extension's own symbols tell what each
 * import was bound to, and its file, read again, at how many places.
 */
#include <elf.h>

#include "lib/string.h"
#include "loader/host.h"
#include "loader/image/archive.h"
#include "loader/image/relocation.h"
#include "loader/live/describe.h"
#include "loader/live/state.h"

/* The import of `extension` that is bound to `definition`; 0 when there is none. */
static uint32_t find_import(const struct extension *extension, const struct definition *definition)
{
    const struct symbols *symbols = &extension->symbols;
    for (uint32_t i = 1; i < symbols->count; i++) {
        if (symbols_is_import(symbols, i) && symbols_address(symbols, i) == definition->address &&
            strcmp(symbols_name(symbols, i), definition->name) == 0)
            return i;
    }
    return 0;
}

/* Whether it is the member that was chosen: a dependent's by name, a primary's by what it holds too. */
static bool is_chosen(const struct extension *extension, const struct archive_member *member)
{
    bool is_named = extension != extension->group->primary;
    return archive_member_is(member, extension_member(extension)) &&
           (is_named ? image_peek_machine(member->contents)
                     : image_peek_loadable(member->contents)) == host_machine();
}

/* The object in its file again; false when the file is not as it was. */
static bool find_object(const struct extension *extension, struct span file, struct span *object)
{
    struct archive archive;
    struct archive_member member;
    struct diagnosis ignored;
    bool is_end = false;
    *object = file;
    if (!extension->has_member)
        return true;
    if (archive_open(file, &archive, &ignored) != STATUS_OK)
        return false;
    while (archive_next(&archive, &member, &is_end, &ignored) == STATUS_OK && !is_end) {
        *object = member.contents;
        if (is_chosen(extension, &member))
            return true;
    }
    return false;
}

static uint32_t count_in_image(const struct image *image, uint32_t symbol)
{
    struct relocation_walk walk = {.image = image};
    uint32_t count = 0;
    while (relocations_next(&walk))
        count += walk.relocation.symbol == symbol;
    return count;
}

static uint32_t count_places(const struct extension *user, uint32_t symbol)
{
    struct span file, object;
    struct image image;
    struct diagnosis ignored;
    uint32_t places = LOADER_PLACES_UNKNOWN;
    if (host_file_open(user->path, &file) != STATUS_OK)
        return places;
    diagnosis_init(&ignored);
    if (find_object(user, file, &object) && image_check(object, &image, &ignored) == STATUS_OK &&
        image.symbol_count == user->symbols.count)
        places = count_in_image(&image, symbol);
    host_file_close(file);
    return places;
}

/* What a walk over the definitions of one name carries along. */
struct binding_visit {
    const char *name;
    void (*visit)(const struct loader_symbol *definition, const struct loader_extension *user,
                  uint32_t places, void *context);
    void *context;
};

static void visit_users(const struct definition *definition, const struct loader_symbol *symbol,
                        const struct binding_visit *binding)
{
    list_for_each (link, &loader.extensions) {
        const struct extension *user = LIST_ENTRY(link, struct extension, link);
        uint32_t import = find_import(user, definition);
        if (import == 0)
            continue;
        struct loader_extension description = describe_extension(user);
        binding->visit(symbol, &description, count_places(user, import), binding->context);
    }
}

static void visit_definition(struct stack_link *link, void *context)
{
    const struct binding_visit *binding = context;
    const struct definition *definition = CONTAINER_OF(link, struct definition, link);
    if (strcmp(definition->name, binding->name) != 0)
        return;
    struct loader_symbol symbol = describe_symbol(link);
    binding->visit(&symbol, NULL, 0, binding->context);
    visit_users(definition, &symbol, binding);
}

void loader_visit_bindings(const char *name,
                           void (*visit)(const struct loader_symbol *definition,
                                         const struct loader_extension *user, uint32_t places,
                                         void *context),
                           void *context)
{
    struct binding_visit binding = {name, visit, context};
    bool was_mine = state_look_begin();
    stacks_visit(&loader.names.definitions, visit_definition, &binding);
    stacks_visit(&loader.names.privates, visit_definition, &binding);
    state_look_end(was_mine);
}
