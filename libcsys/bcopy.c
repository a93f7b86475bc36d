/* bcopy: memmove with the arguments the other way round. */
#include <sys/libcsys.h>

void bcopy(const void *from, void *to, size_t size_bytes)
{
    memmove(to, from, size_bytes);
}
