/* Temporary files. The number in front of a name keeps two members of one name apart. */
#include "tools/modld/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/modld/options.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

static struct {
    char *folder; /* NULL until a file was wanted */
    struct texts paths;
} scratch;

static bool open_folder(void)
{
    const char *parent = getenv("TMPDIR");
    if (scratch.folder != NULL)
        return true;
    char *folder =
        memory_text("%s/modld.XXXXXX", parent != NULL && parent[0] != 0 ? parent : "/tmp");
    if (mkdtemp(folder) == NULL) {
        report_error("%s: cannot be made: %s", folder, strerror(errno));
        return false;
    }
    scratch.folder = folder;
    return true;
}

const char *scratch_path(const char *name)
{
    if (!open_folder())
        return NULL;
    const char *slash = strrchr(name, '/');
    char *path = memory_text("%s/%zu.%s", scratch.folder, scratch.paths.count,
                             slash != NULL ? slash + 1 : name);
    texts_add(&scratch.paths, path);
    return path;
}

void scratch_close(void)
{
    for (size_t i = 0; i < scratch.paths.count; i++)
        unlink(scratch.paths.items[i]);
    if (scratch.folder != NULL)
        rmdir(scratch.folder);
}
