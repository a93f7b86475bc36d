/*
 * The functions that an object wants run before its _load and after its _unload, most of all C++'s
 * constructors. They are found when relocation has made them addresses; nearly no object has any.
 */
#include "loader/host.h"
#include "loader/live/fault.h"
#include "loader/live/load.h"

static enum status collect(struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    struct extension *extension = member->extension;
    const struct image *image = &member->image;
    void *scratch = scratch_allocate(&member->load->scratch, (size_t)arrays_scratch_size(image));
    uintptr_t *entries = fault_allocate((image->function_count + 1) * sizeof(*entries));
    enum status status =
        scratch == NULL || entries == NULL
            ? diagnose(diagnosis, STATUS_NO_MEMORY, "%u constructors", image->function_count)
            : arrays_collect(image, &member->placement, (uint8_t *)extension->base, extension->base,
                             scratch, entries, &extension->functions, diagnosis);
    if (status != STATUS_OK) {
        extension->functions = (struct functions){0};
        host_release(entries);
    }
    return status;
}

enum status step_functions(struct member *member)
{
    return LIKELY(member->image.array_count == 0) ? STATUS_OK : collect(member);
}

void step_functions_back(struct extension *extension)
{
    host_release(extension->functions.entries);
    extension->functions = (struct functions){0};
}
