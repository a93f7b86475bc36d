/* d_roundup */
#include <sys/libsys.h>

#include "libsys/cache.h"

#define LARGEST (INT32_MAX / CACHE_LINE_BYTES * CACHE_LINE_BYTES)

int d_roundup(int bytes)
{
    if (bytes < 0)
        return 0;
    if (bytes > LARGEST)
        return LARGEST;
    return (bytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
}
