/* Looking for libraries. */
#include "tools/modld/library.h"

#include <unistd.h>

#include "tools/support/kit.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

static struct texts list_folders(const struct options *options)
{
    struct texts folders = {0};
    for (size_t i = 0; i < options->folders.count; i++)
        texts_add(&folders, options->folders.items[i]);
    const char *kit = kit_folder();
    if (kit != NULL)
        texts_add(&folders, kit);
    return folders;
}

static const char *join(const struct texts *folders)
{
    const char *list = "";
    for (size_t i = 0; i < folders->count; i++)
        list = memory_text("%s%s%s", list, i > 0 ? ", " : "", folders->items[i]);
    return list;
}

const char *library_find(const struct options *options, const char *name)
{
    struct texts folders = list_folders(options);
    for (size_t i = 0; i < folders.count; i++) {
        const char *path = memory_text("%s/lib%s.a", folders.items[i], name);
        if (access(path, F_OK) == 0)
            return path;
    }
    report_error("-l%s: lib%s.a is in none of the folders %s", name, name, join(&folders));
    report_advice("try: name the folder that it is in with -LDIR");
    return NULL;
}
