/*
 * modplan: what the kernel would say of an object, said where it is built.
 *
 *   modplan [-aq] [-k KERNEX.imp]... [--base ADDR] [--image OUT] [--stub-imports] FILE...
 *
 * Every file, and every member of an archive that kernels of either mode would take, is checked, placed,
 * resolved and relocated by the kernel's own code for that, loader/image and loader/link. What a kernel
 * has and a host has not is supposed: addresses of the kernel's exports and of extensions (mode.c,
 * world.c). Nothing is run.
 *
 * Exit status: 0 all are ok, 1 one is refused or could not be read, 2 wrong usage.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/modplan/files.h"
#include "tools/support/file.h"
#include "tools/support/report.h"

/* Of two images one would be lost. */
static bool write_image(const struct survey *survey)
{
    const char *path = survey->options->image;
    if (path == NULL || survey->refused != 0)
        return true;
    if (survey->planned == 1)
        return file_write(path, survey->image);
    report_error("--image %s: %zu objects were given; name one object, or an archive with one",
                 path, survey->planned);
    return false;
}

static int run(const struct options *options)
{
    struct survey survey = {.options = options};
    worlds_open(&survey.worlds, options);
    if (report_error_count() != 0)
        return 2;
    for (size_t i = 0; i < options->files.count; i++)
        survey_file(&survey, options->files.items[i]);
    if (!write_image(&survey))
        return 2;
    free((void *)survey.image.bytes);
    return survey.refused == 0 ? 0 : 1;
}

int main(int argument_count, char **arguments)
{
    struct options options;
    report_open("modplan");
    switch (options_read(argument_count, arguments, &options)) {
    case OPTIONS_HELP:
        fputs(options_usage, stdout);
        return 0;
    case OPTIONS_WRONG:
        return 2;
    case OPTIONS_RUN:
        return run(&options);
    }
    return 2;
}
