/* Which program, and waiting for its end. */
#include "tools/modld/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/support/memory.h"
#include "tools/support/report.h"

extern char **environ;

/* The value of an environment variable, NULL also when it is empty. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != 0 ? value : NULL;
}

/* The programs to try, best first; one that somebody has named is the only one. */
static struct texts list_candidates(const struct program *program)
{
    struct texts candidates = {0};
    const char *prefix = environment("CROSS_COMPILE");
    if (program->chosen != NULL) {
        texts_add(&candidates, program->chosen);
    } else if (environment(program->variable) != NULL) {
        texts_add(&candidates, environment(program->variable));
    } else if (prefix != NULL) {
        texts_add(&candidates, memory_text("%s%s", prefix, program->name));
    } else {
        texts_add(&candidates, memory_text("x86_64-linux-gnu-%s", program->name));
        texts_add(&candidates, program->name);
    }
    return candidates;
}

static struct texts list_arguments(const struct texts *arguments)
{
    struct texts list = {0};
    texts_add(&list, NULL); /* the program's name */
    for (size_t i = 0; i < arguments->count; i++)
        texts_add(&list, arguments->items[i]);
    texts_add(&list, NULL);
    return list;
}

static bool wait_for(pid_t process, const char *name)
{
    int status;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) {
            report_error("%s: cannot be waited for: %s", name, strerror(errno));
            return false;
        }
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFSIGNALED(status))
        report_error("%s: ended by signal %d", name, WTERMSIG(status));
    else
        report_error("%s: failed, see above", name);
    return false;
}

/* Starts it with its standard output where the program is to write; 0 or an errno. */
static int start(const struct program *program, const struct texts *arguments, pid_t *process)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    if (program->output != NULL)
        error = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, program->output,
                                                 O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (error == 0)
        error = posix_spawnp(process, arguments->items[0], &actions, NULL,
                             (char **)arguments->items, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

bool program_run(const struct program *program, const struct texts *arguments)
{
    struct texts candidates = list_candidates(program);
    struct texts list = list_arguments(arguments);
    int error = 0;
    for (size_t i = 0; i < candidates.count; i++) {
        pid_t process;
        list.items[0] = candidates.items[i];
        error = start(program, &list, &process);
        if (error == 0)
            return wait_for(process, candidates.items[i]);
    }
    report_error("%s: the %s cannot be run: %s", candidates.items[0], program->noun,
                 strerror(error));
    report_advice("try: install binutils, or name the %s with %s=PROG", program->noun,
                  program->option);
    return false;
}
