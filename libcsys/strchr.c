/* strchr: the zero byte at the end can be looked for too. */
#include <sys/libcsys.h>

char *strchr(const char *text, int byte)
{
    while (*text != (char)byte) {
        if (*text++ == '\0')
            return NULL;
    }
    return (char *)text;
}
