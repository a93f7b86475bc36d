/* d_align */
#include <sys/libsys.h>

#include "libsys/cache.h"

int d_align(void)
{
    return CACHE_LINE_SHIFT;
}
