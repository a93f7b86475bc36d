/* Candidates for completion come from the table of commands and from the initrd. */
#include "kernel/shell/candidates.h"

#include "kernel/fs/initrd.h"
#include "kernel/shell/command_table.h"

static void visit_commands(completion_visit visit, void *context)
{
    command_for_each(entry) visit(context, (*entry)->name, false);
}

/* There is no current directory: a path that does not start with a slash leads nowhere. */
static void visit_directory(const char *path, completion_visit visit, void *context)
{
    const struct initrd_node *node = path[0] == '/' ? initrd_find(path) : NULL;
    if (node == NULL || !initrd_is_directory(node))
        return;
    for (node = initrd_first_child(node); node != NULL; node = initrd_next_sibling(node))
        visit(context, initrd_name(node), initrd_is_directory(node));
}

void candidates_visit(bool is_command, const char *directory, completion_visit visit, void *context)
{
    if (is_command)
        visit_commands(visit, context);
    else
        visit_directory(directory, visit, context);
}
