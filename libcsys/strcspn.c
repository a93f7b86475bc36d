/* strcspn: strchr finds the end of the text in every set. */
#include <sys/libcsys.h>

size_t strcspn(const char *text, const char *set)
{
    size_t length = 0;
    while (strchr(set, text[length]) == NULL)
        length++;
    return length;
}
