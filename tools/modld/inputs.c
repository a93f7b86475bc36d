/*
 * Reading and checking the inputs: first what is given alone, since the first object decides the link
 * mode, then the archives.
 */
#include "tools/modld/inputs.h"

#include <string.h>

#include "loader/image/archive.h"
#include "tools/modld/library.h"
#include "tools/modld/object.h"
#include "tools/support/file.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

/* One path of the command line. */
struct given {
    const char *path;
    bool is_library; /* found by -l */
    bool is_archive;
    struct span file;
};

static bool is_import_file(struct span file)
{
    return file.size >= 2 && memcmp(file.bytes, "#!", 2) == 0;
}

/* All inputs must be for one machine; the first one says which. */
static void agree_on_machine(struct inputs *inputs, const char *path, const struct machine *machine)
{
    if (inputs->machine == NULL)
        inputs->machine = machine;
    if (machine == inputs->machine)
        return;
    report_error("%s: is for %s, but the objects before it are for %s", path, machine->name,
                 inputs->machine->name);
    report_advice("try: link each mode by itself, then put both into one archive with --archive");
}

static void add_input(struct inputs *inputs, const struct input *input)
{
    struct input *copy = memory_get(1, sizeof(*copy));
    *copy = *input;
    inputs->items = memory_resize(inputs->items, inputs->count + 1, sizeof(*inputs->items));
    inputs->items[inputs->count++] = copy;
}

static void report_extension(const char *name)
{
    report_error("%s: was made by modld already; give the objects that it was made from", name);
    report_advice("try: or make it with -bM:SRE, to have it loaded as a dependent; or list what it "
                  "exports in an import file");
}

/* Sorts an object in by its kind. */
static void add_object(const struct options *options, struct inputs *inputs,
                       const struct given *given, const char *member, struct span file)
{
    struct input input = {.path = object_name(given->path, member), .file = file};
    input.is_member = member != NULL;
    input.is_linked = member == NULL;
    if (!object_read(options, given->path, member, file, &input.image))
        return;
    agree_on_machine(inputs, input.path, input.image.machine);
    switch (object_kind(&input.image)) {
    case OBJECT_PLAIN:
        add_input(inputs, &input);
        break;
    case OBJECT_SHARED:
        dependents_add(&inputs->dependents, options, given->path, member, given->is_library,
                       &input.image);
        break;
    case OBJECT_EXTENSION:
        report_extension(input.path);
        break;
    }
}

/* Members of the other mode, and what is no object at all, are none of this link's business. */
static void read_archive(const struct options *options, struct inputs *inputs,
                         const struct given *given)
{
    struct archive archive;
    struct archive_member member;
    struct diagnosis diagnosis;
    bool is_end = false;
    diagnosis_init(&diagnosis);
    diagnosis_set_file(&diagnosis, given->path);
    enum status status = archive_open(given->file, &archive, &diagnosis);
    while (status == STATUS_OK) {
        status = archive_next(&archive, &member, &is_end, &diagnosis);
        if (status != STATUS_OK || is_end)
            break;
        if (image_peek_machine(member.contents) == inputs->machine)
            add_object(options, inputs, given, memory_text("%s", member.name), member.contents);
    }
    if (status != STATUS_OK)
        report_diagnosis(&diagnosis);
}

/* Finds and reads the file of one item of the command line. */
static bool open_given(struct options *options, const char *item, struct given *given)
{
    *given = (struct given){.path = item};
    if (strncmp(item, "-l", 2) == 0) {
        given->is_library = true;
        given->path = library_find(options, item + 2);
    }
    if (given->path == NULL || !file_read(given->path, &given->file))
        return false;
    if (is_import_file(given->file)) {
        texts_add(&options->imports, given->path);
        return false;
    }
    given->is_archive = archive_is_archive(given->file) || archive_is_thin(given->file);
    return true;
}

void inputs_read(struct options *options, struct inputs *inputs)
{
    struct given *archives = memory_get(options->inputs.count, sizeof(*archives));
    size_t archive_count = 0;
    *inputs = (struct inputs){0};
    dependents_init(&inputs->dependents);
    for (size_t i = 0; i < options->inputs.count; i++) {
        struct given given;
        if (!open_given(options, options->inputs.items[i], &given))
            continue;
        if (given.is_archive)
            archives[archive_count++] = given;
        else
            add_object(options, inputs, &given, NULL, given.file);
    }
    if (inputs->count == 0 && report_error_count() == 0)
        report_error("no input is an object, so there is nothing to link and no link mode");
    for (size_t i = 0; i < archive_count && inputs->machine != NULL; i++)
        read_archive(options, inputs, &archives[i]);
}
