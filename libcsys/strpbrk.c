/* strpbrk */
#include <sys/libcsys.h>

char *strpbrk(const char *text, const char *set)
{
    text += strcspn(text, set);
    return *text != '\0' ? (char *)text : NULL;
}
