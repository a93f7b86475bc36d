/* strrchr: the zero byte at the end can be looked for too. */
#include <sys/libcsys.h>

char *strrchr(const char *text, int byte)
{
    const char *last = NULL;
    do {
        if (*text == (char)byte)
            last = text;
    } while (*text++ != '\0');
    return (char *)last;
}
