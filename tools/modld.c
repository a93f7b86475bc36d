/*
 * modld: the link editor of kernel extensions.
 *
 *   modld -o out.o [-bE:file.exp]... [-bI:file.imp]... [-e label] ... {in.o | lib.a | -lname}...
 *   modld --archive out.a [--allow-mode-difference name]... a64.o a32.o
 *
 * The first form has ld make one object of the objects given and of those in archives that are wanted,
 * binds what it exports and imports to what export and import files list and shared modules export, and
 * adds that as .mod.* sections (include/mortise/modfile.h). The second compares two such objects, one for each mode, and has ar make one archive of them. Objects
 * are read with the kernel's own reader, so what is wrong with them is said here and not by the kernel.
 *
 * Every mistake is told, not the first one only. The output is made under another name beside its
 * place and renamed when it is whole: after a failure there is what was there before.
 *
 * Exit status: 0 done, 1 something is wrong with the files, 2 wrong usage.
 */
#include <stdio.h>

#include "tools/modld/bind.h"
#include "tools/modld/inputs.h"
#include "tools/modld/link.h"
#include "tools/modld/options.h"
#include "tools/modld/output.h"
#include "tools/modld/pack.h"
#include "tools/modld/parity.h"
#include "tools/modld/scratch.h"
#include "tools/modld/selection.h"
#include "tools/modld/warnings.h"
#include "tools/modld/writer.h"
#include "tools/support/file.h"
#include "tools/support/report.h"

/* Everything known of a link before it is made. */
struct job {
    struct options options;
    struct inputs inputs;
    struct symbol_list exports;
    struct symbol_list imports;
};

/* Reads all files; true when there was no mistake in any. */
static bool job_read(struct job *job)
{
    inputs_read(&job->options, &job->inputs);
    if (job->inputs.machine == NULL)
        return false;
    bool is_64 = job->inputs.machine->is_64;
    bind_read_exports(&job->options.exports, is_64, &job->exports);
    bind_read_imports(&job->options.imports, is_64, &job->imports);
    selection_make(&job->options, &job->exports, &job->imports, &job->inputs);
    return report_error_count() == 0;
}

/* The linker's result as the kernel would see it. */
static bool check_linked(const char *output, struct span file, struct image *image)
{
    struct diagnosis diagnosis;
    diagnosis_init(&diagnosis);
    diagnosis_set_file(&diagnosis, output);
    if (image_check(file, image, &diagnosis) == STATUS_OK)
        return true;
    report_diagnosis(&diagnosis);
    return false;
}

/* Has ld link to `path` and reads the result. */
static bool job_link(const struct job *job, const char *path, struct image *image)
{
    struct texts files = {0};
    struct span linked;
    return selection_write(&job->inputs, &files) &&
           link_files(&job->options, job->inputs.machine, &files, path) &&
           file_read(path, &linked) && check_linked(job->options.output, linked, image);
}

/* Links to `path` and gives the object there its .mod.* sections. */
static bool job_make(const struct job *job, const char *path)
{
    struct span extension;
    struct image image;
    struct bindings bindings = {0};

    if (!job_link(job, path, &image))
        return false;
    bind_exports(&image, &job->exports, &job->inputs, &bindings);
    bind_imports(&image, &job->imports, &job->inputs, &bindings);
    bind_link(&image, &job->options, &job->inputs, &bindings);
    return report_error_count() == 0 &&
           writer_make(&image, &bindings, job->options.output, &extension) &&
           check_linked(job->options.output, extension, &image) && file_write(path, extension) &&
           (job->options.is_silent || warnings_give(&job->options, image.machine, path));
}

static bool job_run(struct job *job)
{
    const char *output = job->options.output;
    if (!job_read(job))
        return false;
    char *path = output_open(output);
    if (path == NULL)
        return false;
    if (job_make(job, path) && output_commit(path, output))
        return true;
    output_discard(path);
    return false;
}

static bool run_link(const struct options *options)
{
    struct job job = {.options = *options};
    bool is_done = job_run(&job);
    scratch_close();
    return is_done;
}

/* Reads the members and compares them; true when there was no mistake. */
static bool check_members(const struct options *options, struct members *members)
{
    members_read(&options->inputs, members);
    if (report_error_count() == 0)
        parity_check(members, &options->excuses);
    return report_error_count() == 0;
}

static bool run_archive(const struct options *options)
{
    struct members members;
    if (!check_members(options, &members))
        return false;
    char *path = output_open(options->output);
    if (path == NULL)
        return false;
    if (pack_members(options, &members, path) && output_commit(path, options->output))
        return true;
    output_discard(path);
    return false;
}

int main(int argument_count, char **arguments)
{
    struct options options;
    report_open("modld");
    switch (options_read(argument_count, arguments, &options)) {
    case OPTIONS_HELP:
        fputs(options_usage, stdout);
        return 0;
    case OPTIONS_WRONG:
        fputs(options_usage, stderr);
        return 2;
    case OPTIONS_LINK:
        return run_link(&options) ? 0 : 1;
    case OPTIONS_ARCHIVE:
        return run_archive(&options) ? 0 : 1;
    }
    return 2;
}
