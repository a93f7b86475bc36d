/* The steps that give an extension its memory: record and pages. */
#include "lib/assert.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/link/exports.h"
#include "loader/live/fault.h"
#include "loader/live/group.h"
#include "loader/live/load.h"
#include "loader/live/plan.h"
#include "loader/live/state.h"

/* Takes `size` bytes, rounded up to keep the next part aligned, off the front of a piece of memory. */
static void *carve(uint8_t **memory, size_t size)
{
    void *part = *memory;
    *memory += ALIGN_UP(size, (size_t)8);
    return part;
}

static size_t carved(size_t size)
{
    return ALIGN_UP(size, (size_t)8);
}

/* "fmt" of "/usr/lib/ext/fmt.a": without folder and without a one-letter suffix. */
static const char *short_name(const char *path, size_t *length)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    *length = strlen(name);
    if (*length > 2 && name[*length - 2] == '.')
        *length -= 2;
    return name;
}

/* Texts stand side by side behind everything that is aligned. */
static char *carve_text(uint8_t **memory, const char *text, size_t length)
{
    char *copy = (char *)*memory;
    memcpy(copy, text, length);
    copy[length] = '\0';
    *memory += length + 1;
    return copy;
}

/* Room in the indexes is promised with the record: publishing cannot fail then. */
static enum status reserve(struct member *member)
{
    if (fault_point() || !state_reserve(member->extension))
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "an index entry");
    return STATUS_OK;
}

/* The primary, which comes last, has room for the group in its record. */
static void join_group(struct member *member, struct group *room)
{
    struct load *load = member->load;
    struct extension *extension = member->extension;
    bool is_primary = member == load->primary;
    if (is_primary)
        load->group = group_settle(load->group, room, extension);
    extension->group = load->group;
    extension->load_count = is_primary ? 1 : 0;
    extension->owner.is_private = !is_primary || (load->request->flags & LOADER_LOCAL) != 0;
    list_add_last(&load->group->members, &extension->in_group);
}

enum status step_record(struct member *member)
{
    size_t name_length;
    const char *name = short_name(member->path, &name_length);
    size_t path_length = strlen(member->path);
    size_t member_length = strlen(member->object.name);
    size_t definitions_size = exports_count(&member->image) * sizeof(struct definition);
    size_t symbols_bytes = (size_t)symbols_size(&member->image);
    size_t group_size = member == member->load->primary ? sizeof(struct group) : 0;
    size_t size = carved(sizeof(struct extension)) + carved(definitions_size) + carved(group_size) +
                  symbols_bytes + path_length + 1 + name_length + 1;
    size += member_length != 0 ? member_length + 1 : 0;
    uint8_t *memory = fault_allocate(size);
    if (memory == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "a record of %zu bytes", size);
    struct extension *extension = carve(&memory, sizeof(*extension));
    *extension = (struct extension){.blocks = &blocks_none, .functions = &functions_none};
    memory += definitions_size;
    struct group *room = carve(&memory, group_size);
    symbols_copy(&member->image, memory, &extension->symbols);
    memory += symbols_bytes;
    extension->path = carve_text(&memory, member->path, path_length);
    extension->has_member = member_length != 0;
    if (extension->has_member)
        (void)carve_text(&memory, member->object.name, member_length);
    extension->owner.name = carve_text(&memory, name, name_length);
    member->extension = extension;
    join_group(member, room);
    return reserve(member);
}

/* The record is freed with the whole group: the others' links lead into the primary's. */
void step_record_back(struct extension *extension)
{
    state_unreserve(extension);
}

static enum status take_pages(struct member *member)
{
    struct extension *extension = member->extension;
    extension->page_count = member->placement.size_bytes / HOST_PAGE_SIZE;
    if (extension->page_count == 0)
        return STATUS_OK;
    extension->base =
        fault_pages_allocate(extension->page_count, member->placement.alignment_bytes);
    if (extension->base == 0)
        return diagnose(member->load->diagnosis, STATUS_OUT_OF_REACH, "%u bytes of text and data",
                        member->placement.size_bytes);
    placement_fill(&member->image, &member->placement, (uint8_t *)extension->base, false);
    return STATUS_OK;
}

enum status step_place(struct member *member)
{
    struct extension *extension = member->extension;
    member->offsets = scratch_allocate(&member->load->scratch,
                                       member->image.section_count * sizeof(*member->offsets));
    if (member->offsets == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "places of %u sections",
                        member->image.section_count);
    enum status status = placement_plan(&member->image, HOST_PAGE_SIZE, member->offsets,
                                        &member->placement, member->load->diagnosis);
    if (status != STATUS_OK)
        return status;
    memcpy(extension->segments, member->placement.segments, sizeof(extension->segments));
    status = take_pages(member);
    if (status != STATUS_OK)
        return status;
    symbols_place(&extension->symbols, &member->image, &member->placement, extension->base);
    if (UNLIKELY(member->image.indirect_count != 0))
        status = indirect_make(member);
    if (status != STATUS_OK) {
        step_place_back(extension);
        return status;
    }
    unify_place(&member->unified, &extension->symbols, &member->placement, extension->base);
    return STATUS_OK;
}

void step_place_back(struct extension *extension)
{
    indirect_release(extension);
    blocks_release(extension);
    if (extension->base != 0)
        host_pages_free(extension->base, extension->page_count);
    extension->base = 0;
}
