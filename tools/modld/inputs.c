/* Reading and checking the inputs. */
#include "tools/modld/inputs.h"

#include <elf.h>
#include <string.h>

#include "loader/image/archive.h"
#include "tools/support/file.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

static bool is_import_file(struct span file)
{
    return file.size >= 2 && memcmp(file.bytes, "#!", 2) == 0;
}

/* All inputs must be for one machine; the first one says which. */
static void agree_on_machine(struct inputs *inputs, const struct input *input,
                             const struct machine *machine)
{
    if (inputs->machine == NULL)
        inputs->machine = machine;
    if (machine == inputs->machine)
        return;
    report_error("%s: is for %s, but the objects before it are for %s", input->path, machine->name,
                 inputs->machine->name);
    report_advice("try: link each mode by itself, then put both into one archive with --archive");
}

static void check_object(struct inputs *inputs, struct input *input, struct span file)
{
    struct diagnosis diagnosis;
    diagnosis_init(&diagnosis);
    diagnosis_set_file(&diagnosis, input->path);
    enum status status = image_check(file, &input->image, &diagnosis);
    if (status != STATUS_OK && status != STATUS_SYMBOL_COMMON) {
        report_diagnosis(&diagnosis);
        return;
    }
    input->has_image = status == STATUS_OK;
    agree_on_machine(inputs, input, input->image.machine);
    if (input->has_image && input->image.exports.bytes != NULL)
        report_error("%s: was made by modld already; give the objects that it was made from",
                     input->path);
}

static void read_input(struct options *options, struct inputs *inputs, const char *path)
{
    struct span file;
    if (!file_read(path, &file))
        return;
    if (is_import_file(file)) {
        texts_add(&options->imports, path);
        return;
    }
    struct input *input = &inputs->items[inputs->count++];
    input->path = path;
    if (!archive_is_archive(file))
        check_object(inputs, input, file);
}

void inputs_read(struct options *options, struct inputs *inputs)
{
    *inputs = (struct inputs){.items = memory_get(options->inputs.count, sizeof(struct input))};
    for (size_t i = 0; i < options->inputs.count; i++)
        read_input(options, inputs, options->inputs.items[i]);
    if (inputs->machine == NULL && report_error_count() == 0)
        report_error("no input is an object, so the link mode is not known");
}

static bool is_reference(const struct image_symbol *symbol)
{
    return image_symbol_is_import(symbol) && symbol->binding != STB_LOCAL;
}

static bool is_static(const struct image_symbol *symbol)
{
    bool is_named = symbol->type != STT_SECTION && symbol->type != STT_FILE;
    return is_named && symbol->binding == STB_LOCAL && symbol->section != SHN_UNDEF;
}

static bool has_symbol(const struct image *image, const char *name,
                       bool (*is_wanted)(const struct image_symbol *symbol))
{
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        if (is_wanted(&symbol) && strcmp(symbol.name, name) == 0)
            return true;
    }
    return false;
}

static const char *find(const struct inputs *inputs, const char *name,
                        bool (*is_wanted)(const struct image_symbol *symbol))
{
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = &inputs->items[i];
        if (input->has_image && has_symbol(&input->image, name, is_wanted))
            return input->path;
    }
    return NULL;
}

const char *inputs_find_reference(const struct inputs *inputs, const char *name)
{
    return find(inputs, name, is_reference);
}

const char *inputs_find_static(const struct inputs *inputs, const char *name)
{
    return find(inputs, name, is_static);
}
