/*
 * Indirect functions of an object being loaded. Stubs stand for them from the moment when it has its
 * place; their resolvers run when all objects of the load are bound and sealed, before any constructor.
 * A resolver may call what it imports, but no indirect function: none has a target before its turn.
 */
#include "lib/assert.h"
#include "loader/host.h"
#include "loader/image/indirect.h"
#include "loader/live/describe.h"
#include "loader/live/fault.h"
#include "loader/live/load.h"

static enum status fill(struct member *member, struct linkage *linkage)
{
    struct extension *extension = member->extension;
    size_t size = (size_t)linkage_size(linkage, HOST_PAGE_SIZE);
    if (size == 0) /* they all were in sections that got no memory, or are shadowed */
        return STATUS_OK;
    struct extension_blocks *blocks = blocks_take(extension);
    if (blocks == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "%u indirect functions",
                        linkage->layout.stub_count);
    struct linkage_block *block = &blocks->indirect;
    block->address = fault_pages_allocate(size / HOST_PAGE_SIZE, HOST_PAGE_SIZE);
    if (block->address == 0)
        return diagnose(member->load->diagnosis, STATUS_OUT_OF_REACH, "%u indirect functions",
                        linkage->layout.stub_count);
    block->layout = linkage->layout;
    linkage_fill(linkage, &extension->symbols, (uint8_t *)block->address, block->address);
    indirect_place(linkage, &extension->symbols);
    member->load->has_indirect = true;
    return STATUS_OK;
}

enum status indirect_make(struct member *member)
{
    const struct symbols *symbols = &member->extension->symbols;
    struct linkage linkage;
    void *map = scratch_allocate(&member->load->scratch, (size_t)linkage_map_size(symbols->count));
    if (map == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "a map of %u symbols",
                        symbols->count);
    linkage_init(&linkage, member->image.machine, symbols->count, map);
    indirect_want(&member->image, symbols, &linkage);
    return fill(member, &linkage);
}

void indirect_release(struct extension *extension)
{
    linkage_block_release(&extension->blocks->indirect);
}

static bool is_in_stubs(const struct linkage_block *block, uintptr_t address)
{
    return address - (block->address + block->layout.table_bytes) < block->layout.stubs_bytes;
}

static bool is_in_text(const struct extension *extension, uintptr_t address)
{
    const struct segment *text = &extension->segments[SEGMENT_TEXT];
    return address - (extension->base + text->offset_bytes) < text->size_bytes;
}

/*
 * Code of the kernel or of an extension; but the object's own stubs could go round for ever. Nearly always
 * it is the object's own, and only what is not is looked for among all extensions.
 */
static bool is_target(const struct extension *extension, uintptr_t address)
{
    if (is_in_text(extension, address) || host_is_code(address))
        return true;
    const struct extension *owner = extension_at(address);
    return owner != NULL && owner != extension &&
           (is_in_text(owner, address) || is_in_stubs(&owner->blocks->indirect, address));
}

/* The name of the indirect function that stub `address` stands for. */
static const char *name_of(const struct extension *extension, uint64_t address)
{
    uint32_t index = 1;
    while (index + 1 < extension->symbols.count &&
           symbols_address(&extension->symbols, index) != address)
        index++;
    return symbols_name(&extension->symbols, index);
}

static enum status resolve_stub(struct member *member, const struct linkage *linkage,
                                uint32_t number)
{
    const struct extension *extension = member->extension;
    uintptr_t resolver = (uintptr_t)linkage_target(linkage, number);
    uintptr_t target = host_call_resolver((uintptr_t(*)(void))resolver);
    if (!is_target(extension, target))
        return diagnose(member->load->diagnosis, STATUS_INDIRECT_TARGET, "%.64s: 0x%llx",
                        name_of(extension, linkage_stub_address(linkage, number)),
                        (unsigned long long)target);
    linkage_set_target(linkage, number, target);
    return STATUS_OK;
}

enum status step_indirect(struct member *member)
{
    const struct linkage_block *block = &member->extension->blocks->indirect;
    const struct linkage linkage = {
        .machine = member->image.machine,
        .layout = block->layout,
        .bytes = (uint8_t *)block->address,
        .address = block->address,
    };
    for (uint32_t i = 0; i < block->layout.stub_count; i++) {
        enum status status = resolve_stub(member, &linkage, i);
        if (status != STATUS_OK)
            return status;
    }
    if (block->address != 0)
        host_pages_protect(block->address, block->layout.table_bytes / HOST_PAGE_SIZE,
                           PROTECTION_READ);
    return STATUS_OK;
}
