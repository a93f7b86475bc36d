/* strncpy: a field of fixed size, filled up with zero bytes. */
#include <sys/libcsys.h>

char *strncpy(char *to, const char *from, size_t size_bytes)
{
    size_t i = 0;
    for (; i < size_bytes && from[i] != '\0'; i++)
        to[i] = from[i];
    for (; i < size_bytes; i++)
        to[i] = '\0';
    return to;
}
