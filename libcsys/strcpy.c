/* strcpy */
#include <sys/libcsys.h>

char *strcpy(char *to, const char *from)
{
    size_t i = 0;
    do
        to[i] = from[i];
    while (from[i++] != '\0');
    return to;
}
