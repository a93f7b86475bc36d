/* strcat */
#include <sys/libcsys.h>

char *strcat(char *to, const char *from)
{
    strcpy(to + strlen(to), from);
    return to;
}
