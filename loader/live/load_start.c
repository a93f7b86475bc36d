/* The last steps of a load: _load runs, then the extension and its names are seen by all. */
#include "loader/host.h"
#include "lib/status.h"
#include "loader/live/load.h"
#include "loader/live/state.h"

static void diagnose_return(struct diagnosis *diagnosis, enum status status, int value)
{
    (void)diagnose(diagnosis, status, "%d (%s)", value, errno_name(value));
    if (value > 0)
        diagnosis->error = value;
}

enum status step_start(struct load *load)
{
    loader.starting = load->extension;
    int value = load->extension->load != NULL ? host_call(load->extension->load) : 0;
    loader.starting = NULL;
    if (value == 0)
        return STATUS_OK;
    diagnose_return(load->diagnosis, STATUS_LOAD_REFUSED, value);
    return STATUS_LOAD_REFUSED;
}

/* Roll-back after a successful _load. Its refusal changes nothing any more: the memory goes. */
void step_start_back(struct load *load)
{
    if (!load->is_stopped && load->extension->unload != NULL)
        (void)host_call(load->extension->unload);
    load->is_stopped = true;
}

enum status extension_stop(struct extension *extension, struct diagnosis *diagnosis)
{
    int value = extension->unload != NULL ? host_call(extension->unload) : 0;
    if (value == 0)
        return STATUS_OK;
    diagnosis_set_file(diagnosis, extension->path);
    diagnosis_set_member(diagnosis, extension->member);
    diagnose_return(diagnosis, STATUS_UNLOAD_REFUSED, value);
    return STATUS_UNLOAD_REFUSED;
}

/* Room in the indexes was made by loader_load before the first step: nothing here can fail. */
enum status step_publish(struct load *load)
{
    state_add(load->extension);
    load->extension->owner.is_visible = true;
    return STATUS_OK;
}

void step_publish_back(struct load *load)
{
    load->extension->owner.is_visible = false;
    state_remove(load->extension);
}

void load_finish(struct load *load)
{
    step_read_back(load);
    host_release(load->offsets);
    load->offsets = NULL;
}
