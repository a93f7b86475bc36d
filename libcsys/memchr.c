/* memchr */
#include <sys/libcsys.h>

void *memchr(const void *bytes, int byte, size_t size_bytes)
{
    const unsigned char *place = bytes;
    for (; size_bytes > 0; size_bytes--, place++) {
        if (*place == (unsigned char)byte)
            return (void *)place;
    }
    return NULL;
}
