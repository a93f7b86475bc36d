/* bzero */
#include <sys/libcsys.h>

void bzero(void *to, size_t size_bytes)
{
    memset(to, 0, size_bytes);
}
