/* strncat */
#include <sys/libcsys.h>

char *strncat(char *to, const char *from, size_t length_max)
{
    char *end = to + strlen(to);
    for (; length_max > 0 && *from != '\0'; length_max--)
        *end++ = *from++;
    *end = '\0';
    return to;
}
