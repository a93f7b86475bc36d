/* Reading one object. */
#include "tools/modld/object.h"

#include <string.h>

#include "tools/modld/link.h"
#include "tools/modld/scratch.h"
#include "tools/support/file.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

static enum status check(const char *path, const char *member, struct span file,
                         struct image *image, struct diagnosis *diagnosis)
{
    diagnosis_init(diagnosis);
    diagnosis_set_file(diagnosis, path);
    if (member != NULL)
        diagnosis_set_member(diagnosis, member);
    return image_check(file, image, diagnosis);
}

/* A copy of the object in which COMMON symbols have places. */
static bool place_common(const struct options *options, const char *name,
                         const struct machine *machine, struct span file, struct span *placed)
{
    const char *from = scratch_path(name);
    const char *to = scratch_path(name);
    struct texts inputs = {0};
    texts_add(&inputs, from);
    return from != NULL && to != NULL && file_write(from, file) &&
           link_files(options, machine, &inputs, to) && file_read(to, placed);
}

bool object_read(const struct options *options, const char *path, const char *member,
                 struct span file, struct image *image)
{
    struct diagnosis diagnosis;
    enum status status = check(path, member, file, image, &diagnosis);
    if (status == STATUS_SYMBOL_COMMON) {
        const char *name = object_name(path, member);
        if (!place_common(options, name, image->machine, file, &file))
            return false;
        status = check(path, member, file, image, &diagnosis);
    }
    if (status != STATUS_OK)
        report_diagnosis(&diagnosis);
    return status == STATUS_OK;
}

enum object_kind object_kind(const struct image *image)
{
    const char *type = image_link(image, MOD_LINK_TYPE);
    if (image->exports.bytes == NULL && image->link.bytes == NULL)
        return OBJECT_PLAIN;
    return type != NULL && strcmp(type, MOD_TYPE_SHARED) == 0 ? OBJECT_SHARED : OBJECT_EXTENSION;
}

const char *object_name(const char *path, const char *member)
{
    return member != NULL ? memory_text("%s(%s)", path, member) : path;
}

bool object_name_fits(const char *name)
{
    size_t length = strlen(name);
    const char *open = strrchr(name, '(');
    if (open == NULL || name[length - 1] != ')')
        return length < DIAGNOSIS_FILE_MAX;
    size_t path_length = (size_t)(open - name);
    return path_length < DIAGNOSIS_FILE_MAX && length - path_length - 2 < DIAGNOSIS_MEMBER_MAX;
}
