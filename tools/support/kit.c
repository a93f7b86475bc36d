/* Finding the kit by the path of the running program. */
#include "tools/support/kit.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "tools/support/memory.h"

const char *kit_folder(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length <= 0)
        return NULL;
    path[length] = 0;
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return NULL;
        *slash = 0;
    }
    return memory_text("%s/lib", path);
}
