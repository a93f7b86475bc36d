/* strtok: the rest of the text waits here between two calls. */
#include <sys/libcsys.h>

static char *strtok_rest;

char *strtok(char *text, const char *separators)
{
    char *token = text != NULL ? text : strtok_rest;
    if (token == NULL)
        return NULL;
    token += strspn(token, separators);
    if (*token == '\0') {
        strtok_rest = NULL;
        return NULL;
    }
    char *end = token + strcspn(token, separators);
    strtok_rest = *end != '\0' ? end + 1 : NULL;
    *end = '\0';
    return token;
}
