/* ld -r: many objects become one, in which every COMMON symbol has a place. */
#include "tools/modld/link.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tools/support/memory.h"
#include "tools/support/report.h"

extern char **environ;

/* The value of an environment variable, NULL also when it is empty. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != 0 ? value : NULL;
}

/* The linkers to try, best first; one that somebody has named is the only one. */
static struct texts list_linkers(const struct options *options)
{
    struct texts linkers = {0};
    const char *prefix = environment("CROSS_COMPILE");
    if (options->linker != NULL) {
        texts_add(&linkers, options->linker);
    } else if (environment("LD") != NULL) {
        texts_add(&linkers, environment("LD"));
    } else if (prefix != NULL) {
        texts_add(&linkers, memory_text("%sld", prefix));
    } else {
        texts_add(&linkers, "x86_64-linux-gnu-ld");
        texts_add(&linkers, "ld");
    }
    return linkers;
}

static struct texts list_arguments(const struct options *options, const struct inputs *inputs,
                                   const char *path)
{
    struct texts arguments = {0};
    texts_add(&arguments, NULL); /* the linker's name */
    texts_add(&arguments, "-r");
    texts_add(&arguments, "-m");
    texts_add(&arguments, inputs->machine->is_64 ? "elf_x86_64" : "elf_i386");
    /* Space for COMMON symbols, which have none in the inputs. */
    texts_add(&arguments, "-d");
    if (options->strips_debug)
        texts_add(&arguments, "-S");
    texts_add(&arguments, "-o");
    texts_add(&arguments, path);
    for (size_t i = 0; i < inputs->count; i++)
        texts_add(&arguments, inputs->items[i].path);
    texts_add(&arguments, NULL);
    return arguments;
}

/* Waits for the linker's end. */
static bool wait_for(pid_t process, const char *linker)
{
    int status;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) {
            report_error("%s: cannot be waited for: %s", linker, strerror(errno));
            return false;
        }
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFSIGNALED(status))
        report_error("%s: ended by signal %d", linker, WTERMSIG(status));
    else
        report_error("%s: failed, see above", linker);
    return false;
}

bool link_objects(const struct options *options, const struct inputs *inputs, const char *path)
{
    struct texts linkers = list_linkers(options);
    struct texts arguments = list_arguments(options, inputs, path);
    int error = 0;
    for (size_t i = 0; i < linkers.count; i++) {
        pid_t process;
        arguments.items[0] = linkers.items[i];
        error =
            posix_spawnp(&process, linkers.items[i], NULL, NULL, (char **)arguments.items, environ);
        if (error == 0)
            return wait_for(process, linkers.items[i]);
    }
    report_error("%s: the linker cannot be run: %s", linkers.items[0], strerror(error));
    report_advice("try: install binutils, or name the linker with --ld=PROG");
    return false;
}
