/* memccpy */
#include <sys/libcsys.h>

void *memccpy(void *to, const void *from, int byte, size_t size_bytes)
{
    unsigned char *place = to;
    const unsigned char *source = from;
    while (size_bytes-- > 0) {
        *place = *source++;
        if (*place++ == (unsigned char)byte)
            return place;
    }
    return NULL;
}
