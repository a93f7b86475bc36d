/* The last steps of a load: _load runs, then the group and its names are seen by all. */
#include "lib/status.h"
#include "loader/host.h"
#include "loader/live/group.h"
#include "loader/live/load.h"
#include "loader/live/state.h"

static enum status diagnose_return(struct diagnosis *diagnosis, enum status status, int value)
{
    (void)diagnose(diagnosis, status, "%d (%s)", value, errno_name(value));
    if (value > 0)
        diagnosis->error = value;
    return status;
}

static void call_range(const struct functions *functions, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        host_call_void((void (*)(void))functions->entries[i]);
}

/* Constructors run before _load, whatever it says then. */
static void construct(const struct extension *extension)
{
    call_range(extension->functions, 0, extension->functions->before_count);
}

/* Destructors run when _load has refused or _unload has not: what was constructed goes, once. */
static void destroy(const struct extension *extension)
{
    const struct functions *functions = extension->functions;
    call_range(functions, functions->before_count, functions->after_count);
}

enum status extension_start(struct extension *extension, struct diagnosis *diagnosis)
{
    construct(extension);
    int value = extension->load != NULL ? host_call(extension->load) : 0;
    extension->is_started = value == 0;
    if (value == 0)
        return STATUS_OK;
    destroy(extension);
    diagnosis_set_file(diagnosis, extension->path);
    diagnosis_set_member(diagnosis, extension_member(extension));
    return diagnose_return(diagnosis, STATUS_LOAD_REFUSED, value);
}

/* One that could not be started again after a refused unload (group.c) has nothing to stop. */
enum status extension_stop(struct extension *extension, struct diagnosis *diagnosis)
{
    if (!extension->is_started)
        return STATUS_OK;
    int value = extension->unload != NULL ? host_call(extension->unload) : 0;
    extension->is_started = value != 0;
    if (value == 0) {
        destroy(extension);
        return STATUS_OK;
    }
    diagnosis_set_file(diagnosis, extension->path);
    diagnosis_set_member(diagnosis, extension_member(extension));
    return diagnose_return(diagnosis, STATUS_UNLOAD_REFUSED, value);
}

enum status step_start(struct member *member)
{
    return extension_start(member->extension, member->load->diagnosis);
}

/* Roll-back after a successful _load. Its refusal changes nothing any more: the memory goes. */
void step_start_back(struct extension *extension)
{
    if (!extension->is_started)
        return;
    if (extension->unload != NULL)
        (void)host_call(extension->unload);
    destroy(extension);
    extension->is_started = false;
}

/* Room in the indexes was promised with the record: nothing here can fail. */
enum status step_publish(struct member *member)
{
    state_add(member->extension);
    member->extension->owner.is_visible = true;
    return STATUS_OK;
}

void step_publish_back(struct extension *extension)
{
    extension->owner.is_visible = false;
    state_remove(extension);
}
