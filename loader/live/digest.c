/* The whole state in one number and a few counts: equal states have equal ones. */
#include "lib/hash.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/describe.h"
#include "loader/live/state.h"

static uint64_t digest_text(uint64_t digest, const char *text)
{
    return digest_bytes(digest, text, strlen(text) + 1);
}

static uint64_t digest_number(uint64_t digest, uint64_t number)
{
    return digest_bytes(digest, &number, sizeof(number));
}

static uint64_t digest_linkage(uint64_t digest, const struct linkage_block *block)
{
    digest = digest_number(digest, block->address);
    digest = digest_number(digest, block->layout.slot_count);
    return digest_number(digest, block->layout.stub_count);
}

static uint64_t digest_extension(const struct extension *extension)
{
    uint64_t digest = digest_text(DIGEST_START, extension->path);
    digest = digest_text(digest, extension_member(extension));
    digest = digest_number(digest, extension_kmid(extension));
    digest = digest_number(digest, extension->load_count);
    digest = digest_number(digest, extension->use_count);
    digest = digest_number(digest, extension_kmid(extension->group->primary));
    digest = digest_number(digest, extension->base);
    digest = digest_number(digest, extension->page_count);
    digest = digest_linkage(digest, &extension->blocks->linkage);
    digest = digest_linkage(digest, &extension->blocks->indirect);
    for (uint32_t i = 0; i < extension->provider_count; i++)
        digest = digest_number(digest, extension_kmid(extension_providers(extension)[i]));
    return digest;
}

/* Tables have no order that means anything, so the digests of their elements are added up. */
static void add_definition(struct stack_link *link, void *context)
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
    bool was_mine = state_look_begin();
    host_get_totals(&totals);
    list_for_each (link, &loader.extensions)
        digest = digest_number(digest, digest_extension(LIST_ENTRY(link, struct extension, link)));
    stacks_visit(&loader.names.definitions, add_definition, &definitions);
    stacks_visit(&loader.names.privates, add_definition, &definitions);
    *state = (struct loader_state){
        .instances = loader.extension_count,
        .symbols = loader.names.definitions.count + loader.names.privates.count,
        .pages = totals.pages,
        .heap_bytes = totals.heap_bytes,
    };
    state_look_end(was_mine);
    digest = digest_number(digest, definitions);
    digest = digest_number(digest, state->pages);
    state->digest = digest_number(digest, state->heap_bytes);
}
