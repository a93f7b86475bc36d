/* memcmp */
#include <sys/libcsys.h>

int memcmp(const void *a, const void *b, size_t size_bytes)
{
    const unsigned char *left = a;
    const unsigned char *right = b;
    for (size_t i = 0; i < size_bytes; i++) {
        if (left[i] != right[i])
            return left[i] - right[i];
    }
    return 0;
}
