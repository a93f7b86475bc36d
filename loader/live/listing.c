/* What is loaded, for listings and backtraces. Changes nothing. */
#include "lib/hash.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/describe.h"
#include "loader/live/load.h"
#include "loader/live/state.h"

struct loader_extension describe_extension(const struct extension *extension)
{
    const struct group *group = extension->group; /* the kernel has none */
    struct loader_extension description = {
        .kmid = extension_kmid(extension),
        .load_count = extension->load_count,
        .use_count = extension->use_count,
        .is_primary = group == NULL || group->primary == extension,
        .primary = group != NULL ? extension_kmid(group->primary) : extension_kmid(extension),
        .path = extension->path,
        .member = extension_member(extension),
        .memory_bytes = (size_t)extension->page_count * HOST_PAGE_SIZE +
                        linkage_block_bytes(&extension->blocks->linkage) +
                        linkage_block_bytes(&extension->blocks->indirect),
        .linkage_address = extension->blocks->linkage.address,
        .linkage_bytes = linkage_block_bytes(&extension->blocks->linkage),
        .indirect_address = extension->blocks->indirect.address,
        .indirect_bytes = linkage_block_bytes(&extension->blocks->indirect),
        .indirect_count = extension->blocks->indirect.layout.stub_count,
    };
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        const struct segment *segment = &extension->segments[kind];
        description.size_bytes[kind] = segment->size_bytes;
        if (segment->size_bytes != 0)
            description.address[kind] = extension->base + segment->offset_bytes;
    }
    return description;
}

void loader_visit_extensions(void (*visit)(const struct loader_extension *extension, void *context),
                             void *context)
{
    bool was_mine = state_look_begin();
    list_for_each (link, &loader.extensions) {
        struct loader_extension description =
            describe_extension(LIST_ENTRY(link, struct extension, link));
        visit(&description, context);
    }
    state_look_end(was_mine);
}

struct loader_symbol describe_symbol(const struct stack_link *link)
{
    const struct definition *definition = CONTAINER_OF(link, struct definition, link);
    const struct extension *owner = CONTAINER_OF(definition->owner, struct extension, owner);
    const struct definition *newest =
        definition->owner->is_private
            ? definition
            : name_space_find(&loader.names, definition->name, definition->link.link.hash);
    return (struct loader_symbol){
        .name = definition->name,
        .address = definition->address,
        .mclass = definition_class(definition),
        .owner = definition->owner->name,
        .kmid = extension_kmid(owner),
        .is_hidden = newest != definition,
        .is_private = definition->owner->is_private,
    };
}

/* An array being filled with the table's links. */
struct collection {
    const void **links;
    size_t count;
};

static void collect(struct stack_link *link, void *context)
{
    struct collection *collection = context;
    collection->links[collection->count++] = link;
}

/* By name; of one name, the owner that was loaded last comes first. */
static int compare_definitions(const void *a, const void *b)
{
    struct loader_symbol first = describe_symbol(a);
    struct loader_symbol second = describe_symbol(b);
    int order = strcmp(first.name, second.name);
    return order != 0 ? order : (int)(first.kmid < second.kmid) - (int)(first.kmid > second.kmid);
}

bool loader_visit_symbols(void (*visit)(const struct loader_symbol *symbol, void *context),
                          void *context)
{
    bool was_mine = state_look_begin();
    size_t count = loader.names.definitions.count;
    struct collection collection = {.links = host_allocate(count * sizeof(void *) + 1)};
    if (collection.links != NULL) {
        stacks_visit(&loader.names.definitions, collect, &collection);
        sort_pointers(collection.links, count, compare_definitions);
        for (size_t i = 0; i < count; i++) {
            struct loader_symbol symbol = describe_symbol(collection.links[i]);
            visit(&symbol, context);
        }
        host_release(collection.links);
    }
    state_look_end(was_mine);
    return collection.links != NULL;
}

static bool is_in_block(const struct linkage_block *block, uintptr_t address)
{
    return address - block->address < linkage_block_bytes(block);
}

static bool holds_address(const struct extension *extension, uintptr_t address)
{
    return address - extension->base < (size_t)extension->page_count * HOST_PAGE_SIZE ||
           is_in_block(&extension->blocks->linkage, address) ||
           is_in_block(&extension->blocks->indirect, address);
}

static const struct extension *find_in_group(const struct group *group, uintptr_t address)
{
    list_for_each (link, &group->members) {
        const struct extension *extension = LIST_ENTRY(link, struct extension, in_group);
        if (holds_address(extension, address))
            return extension;
    }
    return NULL;
}

/* Extensions whose _load runs now are not in the list yet, but a backtrace must know them. */
const struct extension *extension_at(uintptr_t address)
{
    for (const struct undertaking *u = loader.innermost; u != NULL; u = u->outer) {
        const struct extension *extension =
            u->load != NULL ? find_in_group(u->load->group, address) : NULL;
        if (extension != NULL)
            return extension;
    }
    list_for_each (link, &loader.extensions) {
        const struct extension *extension = LIST_ENTRY(link, struct extension, link);
        if (holds_address(extension, address))
            return extension;
    }
    return NULL;
}

bool loader_find_address(uintptr_t address, const char **symbol, uintptr_t *offset,
                         const char **extension_name)
{
    const struct extension *extension = loader.kernel != NULL ? extension_at(address) : NULL;
    if (extension == NULL)
        return false;
    *extension_name = extension->owner.name;
    if (is_in_block(&extension->blocks->linkage, address)) {
        *symbol = "linkage";
        *offset = address - extension->blocks->linkage.address;
        return true;
    }
    if (is_in_block(&extension->blocks->indirect, address)) {
        *symbol = "indirect";
        *offset = address - extension->blocks->indirect.address;
        return true;
    }
    uint32_t index = symbols_find(&extension->symbols, address);
    *symbol = index != 0 ? symbols_name(&extension->symbols, index) : "start";
    *offset =
        address - (index != 0 ? symbols_address(&extension->symbols, index) : extension->base);
    return true;
}

static bool is_user_of(const struct extension *user, const struct extension *provider)
{
    for (uint32_t i = 0; i < user->provider_count; i++) {
        if (extension_providers(user)[i] == provider)
            return true;
    }
    return false;
}

bool loader_visit_users(uint32_t kmid,
                        void (*visit)(const struct loader_extension *user, void *context),
                        void *context)
{
    bool was_mine = state_look_begin();
    const struct extension *provider = state_find_kmid(kmid);
    if (provider != NULL) {
        list_for_each (link, &loader.extensions) {
            const struct extension *user = LIST_ENTRY(link, struct extension, link);
            struct loader_extension description = describe_extension(user);
            if (is_user_of(user, provider))
                visit(&description, context);
        }
    }
    state_look_end(was_mine);
    return provider != NULL;
}
