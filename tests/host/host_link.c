/* Relocating with a linkage; see the header. */
#include "tests/host/host_link.h"

#include <stdlib.h>

#include "tests/host/support.h"

#define PAGE_SIZE 4096

static enum status relocate_linked(struct relocating *work, uint64_t address,
                                   struct host_linkage *made, struct diagnosis *diagnosis)
{
    struct linkage linkage;
    uint32_t count = work->symbols->count;
    void *map = malloc(linkage_map_size(count));
    linkage_init(&linkage, work->image->machine, count, map);
    relocations_want(work, &linkage);
    uint64_t size = linkage_size(&linkage, PAGE_SIZE);
    assert_int_not_equal(size, 0);
    made->bytes = malloc(size);
    made->address = address;
    made->layout = linkage.layout;
    linkage_fill(&linkage, work->symbols, made->bytes, address);
    work->linkage = &linkage;
    enum status status = relocate(work, diagnosis);
    assert_false(work->wants_linkage);
    work->linkage = NULL;
    free(map);
    return status;
}

enum status host_relocate(struct relocating *work, uint64_t address, struct host_linkage *linkage,
                          struct diagnosis *diagnosis)
{
    *linkage = (struct host_linkage){0};
    enum status status = relocate(work, diagnosis);
    if (status != STATUS_OK || !work->wants_linkage)
        return status;
    return relocate_linked(work, address, linkage, diagnosis);
}
