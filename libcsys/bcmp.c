/* bcmp: only whether they differ. */
#include <sys/libcsys.h>

int bcmp(const void *a, const void *b, size_t size_bytes)
{
    return memcmp(a, b, size_bytes) != 0;
}
