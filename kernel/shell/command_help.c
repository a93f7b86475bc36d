/* Commands about the shell itself: help, echo. */
#include <stddef.h>

#include "kernel/device/console.h"
#include "kernel/shell/command.h"
#include "kernel/shell/command_table.h"
#include "lib/string.h"

static unsigned widest_usage(void)
{
    size_t widest = 0;
    command_for_each(entry)
    {
        size_t width = strlen((*entry)->usage);
        widest = width > widest ? width : widest;
    }
    return (unsigned)widest;
}

static int help_about(const char *name)
{
    const struct shell_command *command = command_find(name);
    if (command == NULL)
        return command_failed("help", name, "no such command");
    console_print("usage: %s\n%s\n", command->usage, command->summary);
    if (command->details != NULL)
        console_print("%s\n", command->details);
    return 0;
}

SHELL_COMMAND(help, "help [COMMAND]", "list the commands, or say more about one", NULL)
{
    if (argument_count > 2)
        return command_usage_error(arguments[0]);
    if (argument_count == 2)
        return help_about(arguments[1]);
    int width = (int)widest_usage();
    command_for_each(entry) console_print("%-*s  %s\n", width, (*entry)->usage, (*entry)->summary);
    return 0;
}

SHELL_COMMAND(echo, "echo [WORD]...", "write words", NULL)
{
    for (int i = 1; i < argument_count; i++)
        console_print("%s%s", i == 1 ? "" : " ", arguments[i]);
    console_print("\n");
    return 0;
}
