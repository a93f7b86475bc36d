/* memcpy */
#include <sys/libcsys.h>

#include "libcsys/copy.h"

void *memcpy(void *to, const void *from, size_t size_bytes)
{
    copy_upwards(to, from, size_bytes);
    return to;
}
