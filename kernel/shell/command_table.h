/* The table of commands, for those parts of the shell that look for one or go over all. */
#pragma once

#include "kernel/shell/command.h"

#define command_for_each(entry)                                                                    \
    for (const struct shell_command *const *entry = shell_commands_start;                          \
         entry < shell_commands_end; entry++)

/* The command of that name, or NULL. */
const struct shell_command *command_find(const char *name);
