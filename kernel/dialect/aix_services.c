/* The AIX dialect's services for extensions: <sys/ldr.h> over the loader. */
#include <sys/ldr.h>

#include <mortise/errno.h>

#include "loader/live/loader.h"
#include "loader/live/notes.h"

#define FLAGS_KNOWN (LD_KERNELEX | LD_SINGLELOAD | LD_QUERY)

static int load(const struct loader_request *request, mid_t *kmid)
{
    struct diagnosis diagnosis;
    enum status status = loader_load(request, kmid, &diagnosis);
    diagnosis_release(&diagnosis);
    return status == STATUS_OK ? 0 : diagnosis.error;
}

int kmod_load(caddr_t pathp, uint flags, caddr_t libpathp, mid_t *kmidp)
{
    if (pathp == NULL || kmidp == NULL || (flags & ~(uint)FLAGS_KNOWN) != 0)
        return EINVAL;
    if ((flags & LD_QUERY) != 0) {
        *kmidp = loader_query(pathp);
        return 0;
    }
    const struct loader_request request = {
        .path = pathp,
        .libpath = libpathp,
        .flags = ((flags & LD_SINGLELOAD) != 0 ? LOADER_SINGLE : 0) |
                 ((flags & LD_KERNELEX) == 0 ? LOADER_LOCAL : 0),
    };
    return load(&request, kmidp);
}

int kmod_unload(mid_t kmid, uint flags)
{
    struct diagnosis diagnosis;
    struct loader_unload_result result;
    if (flags != 0)
        return EINVAL;
    enum status status = loader_unload(kmid, &result, &diagnosis);
    diagnosis_release(&diagnosis);
    return status == STATUS_OK ? 0 : diagnosis.error;
}

void (*kmod_entrypt(mid_t kmid, uint flags))(void)
{
    return (void (*)(void))(flags == 0 ? loader_entry(kmid) : 0);
}
