/* Temporary files, and the rename that ends them. */
#include "tools/modld/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/support/memory.h"
#include "tools/support/report.h"

char *output_open(const char *output)
{
    char *path = memory_text("%s.XXXXXX", output);
    int descriptor = mkstemp(path);
    if (descriptor < 0) {
        report_error("%s: cannot be written: %s", output, strerror(errno));
        return NULL;
    }
    close(descriptor);
    return path;
}

bool output_commit(const char *path, const char *output)
{
    mode_t mask = umask(0);
    umask(mask);
    if (chmod(path, 0666 & ~mask) == 0 && rename(path, output) == 0)
        return true;
    report_error("%s: cannot be written: %s", output, strerror(errno));
    return false;
}

void output_discard(const char *path)
{
    unlink(path);
}
