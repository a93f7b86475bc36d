/* The names of dependents, and the names that they export. */
#include "tools/modld/dependents.h"

#include <string.h>

#include "tools/modld/object.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

void dependents_init(struct dependents *dependents)
{
    *dependents = (struct dependents){0};
    name_map_init(&dependents->exporters);
}

/*
 * The path here says little about the path there, where the kernel runs. So the folder is left out
 * unless it is asked for, and always for a library, whose folder nobody named.
 */
static const char *recorded_path(const struct options *options, const char *path, bool is_library)
{
    const char *slash = strrchr(path, '/');
    bool keeps_folder = options->records_paths && !is_library;
    return keeps_folder || slash == NULL ? path : slash + 1;
}

static const struct dependent *find_origin(const struct dependents *dependents, const char *origin)
{
    for (size_t i = 0; i < dependents->count; i++) {
        if (strcmp(dependents->items[i]->origin, origin) == 0)
            return dependents->items[i];
    }
    return NULL;
}

static bool is_same(struct span a, struct span b)
{
    return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* Two modules of one name are an error, since the kernel would find only one of them. */
static void judge_same_origin(const struct dependent *earlier, const struct dependent *dependent)
{
    bool is_one_file = strcmp(earlier->path, dependent->path) == 0;
    if (is_one_file && is_same(earlier->image.file, dependent->image.file))
        return;
    if (is_one_file) {
        report_error("%s: is there twice, and the kernel would find only the first; rename one",
                     dependent->name);
        return;
    }
    report_error("%s: would be recorded as %s, and so would %s", dependent->name, earlier->origin,
                 earlier->name);
    report_advice("try: rename one, or have paths recorded too, with -bipath");
}

static void add_exporter(struct dependents *dependents, const char *name,
                         const struct dependent *dependent)
{
    struct exporters *exporters = name_map_get(&dependents->exporters, name);
    if (exporters == NULL) {
        exporters = memory_get(1, sizeof(*exporters));
        exporters->first = dependent;
        name_map_put(&dependents->exporters, name, exporters);
    } else if (exporters->second == NULL) {
        exporters->second = dependent;
    }
}

void dependents_add(struct dependents *dependents, const struct options *options, const char *path,
                    const char *member, bool is_library, const struct image *image)
{
    struct dependent *dependent = memory_get(1, sizeof(*dependent));
    dependent->path = path;
    dependent->name = object_name(path, member);
    dependent->origin = object_name(recorded_path(options, path, is_library), member);
    dependent->image = *image;
    const struct dependent *earlier = find_origin(dependents, dependent->origin);
    if (earlier != NULL) {
        judge_same_origin(earlier, dependent);
        return;
    }
    if (!object_name_fits(dependent->origin))
        report_error("%s: is too long a name; a path has at most %d bytes and a member %d",
                     dependent->origin, DIAGNOSIS_FILE_MAX - 1, DIAGNOSIS_MEMBER_MAX - 1);
    dependents->items =
        memory_resize(dependents->items, dependents->count + 1, sizeof(*dependents->items));
    dependents->items[dependents->count++] = dependent;
    for (uint32_t i = 0; i < image_export_count(image); i++)
        add_exporter(dependents, image_symbol(image, image_export(image, i).symbol).name,
                     dependent);
}

const struct exporters *dependents_find(const struct dependents *dependents, const char *name)
{
    return name_map_get(&dependents->exporters, name);
}
