/*
 * modld: the link editor of kernel extensions.
 *
 *   modld -o out.o [-bE:file.exp]... [-bI:file.imp]... in.o...
 *
 * It has ld make one object of the inputs, binds what the object exports and imports to what export
 * and import files list, and adds that as .mod.* sections (include/mortise/modfile.h). Objects are
 * read with the kernel's own reader, so what is wrong with them is said here and not by the kernel.
 *
 * Every mistake is told, not the first one only. The output is made under another name beside its
 * place and renamed when it is whole: after a failure there is what was there before.
 *
 * Exit status: 0 done, 1 something is wrong with the files, 2 wrong usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/modld/bind.h"
#include "tools/modld/inputs.h"
#include "tools/modld/link.h"
#include "tools/modld/options.h"
#include "tools/modld/writer.h"
#include "tools/support/file.h"
#include "tools/support/memory.h"
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

/* Links to `path` and gives the object there its .mod.* sections. */
static bool job_make(const struct job *job, const char *path)
{
    struct span linked;
    struct span extension;
    struct image image;
    struct bindings bindings = {0};

    if (!link_objects(&job->options, &job->inputs, path) || !file_read(path, &linked) ||
        !check_linked(job->options.output, linked, &image))
        return false;
    bind_exports(&image, &job->exports, &job->inputs, &bindings);
    bind_imports(&image, &job->imports, &job->inputs, &bindings);
    return report_error_count() == 0 &&
           writer_make(&image, &bindings, job->options.output, &extension) &&
           check_linked(job->options.output, extension, &image) && file_write(path, extension);
}

/* A new empty file beside the output, where a rename cannot fail for want of room; NULL: reported. */
static char *make_temporary(const char *output)
{
    char *path = memory_text("%s.XXXXXX", output);
    int descriptor = mkstemp(path);
    if (descriptor < 0) {
        report_error("%s: cannot be written: %s", output, strerror(errno));
        return NULL;
    }
    close(descriptor);
    return path;
}

/* Gives the finished file the access rights of any new file, and its name. */
static bool put_in_place(const char *path, const char *output)
{
    mode_t mask = umask(0);
    umask(mask);
    if (chmod(path, 0666 & ~mask) == 0 && rename(path, output) == 0)
        return true;
    report_error("%s: cannot be written: %s", output, strerror(errno));
    return false;
}

static bool job_run(struct job *job)
{
    if (!job_read(job))
        return false;
    char *path = make_temporary(job->options.output);
    if (path == NULL)
        return false;
    if (job_make(job, path) && put_in_place(path, job->options.output))
        return true;
    unlink(path);
    return false;
}

int main(int argument_count, char **arguments)
{
    struct job job = {0};
    report_open("modld");
    switch (options_read(argument_count, arguments, &job.options)) {
    case OPTIONS_HELP:
        fputs(options_usage, stdout);
        return 0;
    case OPTIONS_WRONG:
        fputs(options_usage, stderr);
        return 2;
    case OPTIONS_RUN:
        break;
    }
    return job_run(&job) ? 0 : 1;
}
