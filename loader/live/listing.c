/* What is loaded, for listings, backtraces and the digest of the whole state. Changes nothing. */
#include "lib/hash.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/loader.h"
#include "loader/live/state.h"

static struct loader_extension describe_extension(const struct extension *extension)
{
    struct loader_extension description = {
        .kmid = extension->kmid,
        .load_count = extension->load_count,
        .use_count = extension->use_count,
        .path = extension->path,
        .member = extension->member,
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
    host_lock();
    list_for_each (link, &loader.extensions) {
        struct loader_extension description =
            describe_extension(LIST_ENTRY(link, struct extension, link));
        visit(&description, context);
    }
    host_unlock();
}

static struct loader_symbol describe_symbol(const struct table_link *link)
{
    const struct definition *definition = CONTAINER_OF(link, struct definition, link);
    const struct extension *owner = CONTAINER_OF(definition->owner, struct extension, owner);
    const struct definition *newest =
        name_space_find(&loader.names, definition->name, definition->link.hash);
    return (struct loader_symbol){
        .name = definition->name,
        .address = definition->address,
        .mclass = definition->mclass,
        .owner = definition->owner->name,
        .kmid = owner->kmid,
        .is_hidden = newest != definition,
    };
}

/* An array being filled with the table's links. */
struct collection {
    const void **links;
    size_t count;
};

static void collect(struct table_link *link, void *context)
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
    host_lock();
    size_t count = loader.names.definitions.count;
    struct collection collection = {.links = host_allocate(count * sizeof(void *) + 1)};
    if (collection.links != NULL) {
        table_visit(&loader.names.definitions, collect, &collection);
        sort_pointers(collection.links, count, compare_definitions);
        for (size_t i = 0; i < count; i++) {
            struct loader_symbol symbol = describe_symbol(collection.links[i]);
            visit(&symbol, context);
        }
        host_release(collection.links);
    }
    host_unlock();
    return collection.links != NULL;
}

static uint64_t digest_text(uint64_t digest, const char *text)
{
    return digest_bytes(digest, text, strlen(text) + 1);
}

static uint64_t digest_number(uint64_t digest, uint64_t number)
{
    return digest_bytes(digest, &number, sizeof(number));
}

static uint64_t digest_extension(const struct extension *extension)
{
    uint64_t digest = digest_text(DIGEST_START, extension->path);
    digest = digest_text(digest, extension->member);
    digest = digest_number(digest, extension->kmid);
    digest = digest_number(digest, extension->load_count);
    digest = digest_number(digest, extension->use_count);
    digest = digest_number(digest, extension->base);
    digest = digest_number(digest, extension->page_count);
    for (uint32_t i = 0; i < extension->provider_count; i++)
        digest = digest_number(digest, extension->providers[i]->kmid);
    return digest;
}

/* Tables have no order that means anything, so the digests of their elements are added up. */
static void add_definition(struct table_link *link, void *context)
{
    uint64_t *sum = context;
    struct loader_symbol symbol = describe_symbol(link);
    uint64_t digest = digest_text(DIGEST_START, symbol.name);
    digest = digest_number(digest, symbol.address);
    digest = digest_number(digest, symbol.mclass);
    digest = digest_number(digest, symbol.kmid);
    *sum += digest_number(digest, symbol.is_hidden);
}

void loader_get_state(struct loader_state *state)
{
    struct host_totals totals;
    uint64_t definitions = 0;
    uint64_t digest = DIGEST_START;
    host_lock();
    host_get_totals(&totals);
    list_for_each (link, &loader.extensions)
        digest = digest_number(digest, digest_extension(LIST_ENTRY(link, struct extension, link)));
    table_visit(&loader.names.definitions, add_definition, &definitions);
    *state = (struct loader_state){
        .instances = loader.extension_count,
        .symbols = loader.names.definitions.count,
        .pages = totals.pages,
        .heap_bytes = totals.heap_bytes,
    };
    host_unlock();
    digest = digest_number(digest, definitions);
    digest = digest_number(digest, state->pages);
    state->digest = digest_number(digest, state->heap_bytes);
}

static bool holds_address(const struct extension *extension, uintptr_t address)
{
    return address - extension->base < extension->page_count * HOST_PAGE_SIZE;
}

static const struct extension *find_extension(uintptr_t address)
{
    if (loader.starting != NULL && holds_address(loader.starting, address))
        return loader.starting;
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
    const struct extension *extension = loader.kernel != NULL ? find_extension(address) : NULL;
    if (extension == NULL)
        return false;
    uint32_t index = symbols_find(&extension->symbols, address);
    *symbol = index != 0 ? symbols_name(&extension->symbols, index) : "start";
    *offset =
        address - (index != 0 ? symbols_address(&extension->symbols, index) : extension->base);
    *extension_name = extension->owner.name;
    return true;
}
