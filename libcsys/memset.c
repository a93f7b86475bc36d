/* memset: a word at a time, as far as there are whole ones. */
#include <sys/libcsys.h>

#include "libcsys/copy.h"

#define BYTE_IN_ALL_PLACES (~0ul / 255)

void *memset(void *to, int byte, size_t size_bytes)
{
    unsigned char *place = to;
    const word pattern = (unsigned char)byte * BYTE_IN_ALL_PLACES;
    for (; size_bytes >= sizeof(word); size_bytes -= sizeof(word)) {
        *(word *)place = pattern;
        place += sizeof(word);
    }
    while (size_bytes-- > 0)
        *place++ = (unsigned char)byte;
    return to;
}
