/* The table of commands and the two ways in which a command says that something went wrong. */
#include "kernel/shell/command.h"

#include <stddef.h>

#include "kernel/device/console.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/command_table.h"
#include "lib/string.h"

const struct shell_command *command_find(const char *name)
{
    command_for_each(entry)
    {
        if (strcmp((*entry)->name, name) == 0)
            return *entry;
    }
    return NULL;
}

int command_usage_error(const char *name)
{
    const struct shell_command *command = command_find(name);
    console_print("%s: usage: %s\n", name, command == NULL ? name : command->usage);
    return 2;
}

int command_failed(const char *name, const char *what, const char *why)
{
    console_print("%s: %s: %s\n", name, what, why);
    return 1;
}

SELFTEST(command, table_is_sorted_by_name)
{
    const char *previous = "";
    command_for_each(entry)
    {
        CHECK(strcmp(previous, (*entry)->name) < 0);
        previous = (*entry)->name;
    }
}

SELFTEST(command, usage_starts_with_the_name)
{
    command_for_each(entry)
    {
        const char *name = (*entry)->name;
        CHECK(strncmp((*entry)->usage, name, strlen(name)) == 0);
        CHECK((*entry)->summary[0] != 0);
    }
}
