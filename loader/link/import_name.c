/* Splitting the name of an import file. */
#include "loader/link/import_name.h"

#include "lib/string.h"

static bool split(const char *file, struct import_name *name)
{
    const char *open = strrchr(file, '(');
    size_t length = strlen(file);
    bool has_member = open != NULL && file[length - 1] == ')';
    size_t path_length = has_member ? (size_t)(open - file) : length;
    size_t member_length = has_member ? length - path_length - 2 : 0;
    if (path_length == 0 || path_length >= sizeof(name->path) ||
        member_length >= sizeof(name->member) || (has_member && member_length == 0))
        return false;
    memcpy(name->path, file, path_length);
    name->path[path_length] = '\0';
    if (has_member)
        memcpy(name->member, open + 1, member_length);
    name->member[member_length] = '\0';
    return true;
}

enum status import_name_split(const char *file, struct import_name *name,
                              struct diagnosis *diagnosis)
{
    if (split(file, name))
        return STATUS_OK;
    return diagnose(diagnosis, STATUS_IMPORT_FILE, "\"%.128s\"", file);
}
