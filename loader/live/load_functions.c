/*
 * The functions that an object wants run before its _load and after its _unload, most of all C++'s
 * constructors. They are found when relocation has made them addresses; nearly no object has any.
 */
#include "loader/host.h"
#include "loader/live/fault.h"
#include "loader/live/load.h"

const struct functions functions_none;

static enum status collect(struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    struct extension *extension = member->extension;
    const struct image *image = &member->image;
    void *scratch = scratch_allocate(&member->load->scratch, (size_t)arrays_scratch_size(image));
    struct functions *functions =
        fault_allocate(sizeof(*functions) + image->function_count * sizeof(uintptr_t));
    enum status status =
        scratch == NULL || functions == NULL
            ? diagnose(diagnosis, STATUS_NO_MEMORY, "%u constructors", image->function_count)
            : arrays_collect(image, &member->placement, (uint8_t *)extension->base, extension->base,
                             scratch, (uintptr_t *)(functions + 1), functions, diagnosis);
    if (status == STATUS_OK)
        extension->functions = functions;
    else
        host_release(functions);
    return status;
}

enum status step_functions(struct member *member)
{
    return LIKELY(member->image.array_count == 0) ? STATUS_OK : collect(member);
}

void step_functions_back(struct extension *extension)
{
    if (extension->functions != &functions_none)
        host_release((void *)extension->functions);
    extension->functions = &functions_none;
}
