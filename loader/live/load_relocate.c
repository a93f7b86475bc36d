/*
 * The steps that make placed bytes code: relocated, with a table of addresses and call stubs for those
 * that need them, and sealed.
 */
#include "lib/assert.h"
#include "loader/host.h"
#include "loader/image/relocation.h"
#include "loader/live/fault.h"
#include "loader/live/load.h"
#include "loader/live/plan.h"

const struct extension_blocks blocks_none;

struct extension_blocks *blocks_take(struct extension *extension)
{
    if (extension->blocks != &blocks_none)
        return (struct extension_blocks *)extension->blocks;
    struct extension_blocks *blocks = fault_allocate(sizeof(*blocks));
    if (blocks == NULL)
        return NULL;
    *blocks = blocks_none;
    extension->blocks = blocks;
    return blocks;
}

void blocks_release(struct extension *extension)
{
    if (extension->blocks != &blocks_none)
        host_release((void *)extension->blocks);
    extension->blocks = &blocks_none;
}

void linkage_block_release(const struct linkage_block *block)
{
    if (block->address == 0)
        return;
    host_pages_free(block->address, linkage_block_bytes(block) / HOST_PAGE_SIZE);
    *(struct linkage_block *)block = (struct linkage_block){0};
}

/* Pages for what is wanted, filled. */
static enum status make_linkage(struct member *member, struct linkage *linkage)
{
    struct extension *extension = member->extension;
    size_t size = (size_t)linkage_size(linkage, HOST_PAGE_SIZE);
    ASSERT(size != 0);
    struct extension_blocks *blocks = blocks_take(extension);
    if (blocks == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "%s",
                        "what tells of its linkage");
    struct linkage_block *block = &blocks->linkage;
    block->address = fault_pages_allocate(size / HOST_PAGE_SIZE, HOST_PAGE_SIZE);
    if (block->address == 0)
        return diagnose(member->load->diagnosis, STATUS_OUT_OF_REACH,
                        "%u addresses and %u call stubs", linkage->layout.slot_count,
                        linkage->layout.stub_count);
    block->layout = linkage->layout;
    linkage_fill(linkage, &extension->symbols, (uint8_t *)block->address, block->address);
    return STATUS_OK;
}

static enum status go_on(struct member *member, struct relocating *work)
{
    enum status status = relocate(work, member->load->diagnosis);
    if (status != STATUS_OK)
        plan_other_places(member, work, status);
    return status;
}

/* Goes on where an entry needed what was not there yet. */
static enum status relocate_linked(struct member *member, struct relocating *work)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    uint32_t count = member->extension->symbols.count;
    struct linkage linkage;
    void *map = scratch_allocate(&member->load->scratch, (size_t)linkage_map_size(count));
    if (map == NULL)
        return diagnose(diagnosis, STATUS_NO_MEMORY, "a map of %u symbols", count);
    linkage_init(&linkage, member->image.machine, count, map);
    relocations_want(work, &linkage);
    enum status status = make_linkage(member, &linkage);
    work->linkage = &linkage;
    if (status == STATUS_OK)
        status = go_on(member, work);
    if (status != STATUS_OK)
        step_relocate_back(member->extension);
    return status;
}

enum status step_relocate(struct member *member)
{
    struct extension *extension = member->extension;
    struct relocating work = {
        .image = &member->image,
        .placement = &member->placement,
        .symbols = &extension->symbols,
        .block = (uint8_t *)extension->base,
        .base = extension->base,
    };
    enum status status = go_on(member, &work);
    return status == STATUS_OK && work.wants_linkage ? relocate_linked(member, &work) : status;
}

void step_relocate_back(struct extension *extension)
{
    linkage_block_release(&extension->blocks->linkage);
}

static void seal(uintptr_t address, uint32_t size_bytes, enum protection protection)
{
    size_t pages = ALIGN_UP(size_bytes, HOST_PAGE_SIZE) / HOST_PAGE_SIZE;
    if (pages != 0)
        host_pages_protect(address, pages, protection);
}

/*
 * From here on no page of it is writable and executable, and never was: it was only writable. The targets
 * of indirect functions stay writable until their resolvers have run (load_indirect.c).
 */
enum status step_seal(struct member *member)
{
    const struct extension *extension = member->extension;
    const struct segment *text = &extension->segments[SEGMENT_TEXT];
    const struct segment *constants = &extension->segments[SEGMENT_CONSTANTS];
    const struct linkage_block *linkage = &extension->blocks->linkage;
    const struct linkage_block *indirect = &extension->blocks->indirect;
    seal(extension->base + text->offset_bytes, text->size_bytes, PROTECTION_READ_EXECUTE);
    seal(extension->base + constants->offset_bytes, constants->size_bytes, PROTECTION_READ);
    seal(linkage->address + linkage->layout.table_bytes, linkage->layout.stubs_bytes,
         PROTECTION_READ_EXECUTE);
    seal(linkage->address, linkage->layout.table_bytes, PROTECTION_READ);
    seal(indirect->address + indirect->layout.table_bytes, indirect->layout.stubs_bytes,
         PROTECTION_READ_EXECUTE);
    return STATUS_OK;
}
