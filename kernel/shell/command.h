/*
 * Commands of the shell. Each is one SHELL_COMMAND beside its function, found by linker table; the
 * table is sorted by name by the linker.
 */
#pragma once

#include "lib/compiler.h"

struct shell_command {
    const char *name;
    const char *usage;   /* "kload [-s] PATH" */
    const char *summary; /* one line */
    const char *details; /* more for `help command`, lines separated by \n; may be NULL */
    int (*run)(int argument_count, char **arguments);
};

/*
 * SHELL_COMMAND(name, usage, summary, details) { body }
 * The body is a function with parameters `argument_count` and `arguments`; arguments[0] is the name.
 * It runs in the shell's thread, may sleep, writes with console_print, and returns 0 or the value
 * that `$?` gets (1 for a failure, 2 for wrong usage). The table holds pointers, never structs.
 */
#define SHELL_COMMAND(command, usage_text, summary_text, details_text)                             \
    static int command_##command(int argument_count, char **arguments);                            \
    static const struct shell_command shell_command_##command = {                                  \
        .name = #command,                                                                          \
        .usage = usage_text,                                                                       \
        .summary = summary_text,                                                                   \
        .details = details_text,                                                                   \
        .run = command_##command,                                                                  \
    };                                                                                             \
    __attribute__((used, section(".table.commands." #command)))                                    \
    const struct shell_command *const shell_command_entry_##command = &shell_command_##command;    \
    static int command_##command(int argument_count UNUSED, char **arguments UNUSED)

/* The linker's table. */
extern const struct shell_command *const shell_commands_start[];
extern const struct shell_command *const shell_commands_end[];

/* Prints "command: usage: ..." and returns 2. */
MUST_CHECK int command_usage_error(const char *name);
/* Prints "command: what: why" and returns 1. */
MUST_CHECK int command_failed(const char *name, const char *what, const char *why);
