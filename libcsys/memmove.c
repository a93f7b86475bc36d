/* memmove */
#include <sys/libcsys.h>

#include "libcsys/copy.h"

void *memmove(void *to, const void *from, size_t size_bytes)
{
    if ((unsigned long)to <= (unsigned long)from)
        copy_upwards(to, from, size_bytes);
    else
        copy_downwards(to, from, size_bytes);
    return to;
}
