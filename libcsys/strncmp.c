/* strncmp */
#include <sys/libcsys.h>

int strncmp(const char *a, const char *b, size_t size_bytes)
{
    for (; size_bytes > 0; size_bytes--, a++, b++) {
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
    }
    return 0;
}
