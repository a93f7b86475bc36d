/*
 * The shell's loop. A line is parsed as a whole before its first command runs, so that a mistake at
 * its end does not leave it half done.
 *
 * Nothing here uses the heap: typing and running commands leave the loader's totals as they are.
 */
#include "kernel/shell/shell.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/device/console.h"
#include "kernel/fs/initrd.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/candidates.h"
#include "kernel/shell/command_table.h"
#include "kernel/shell/line_editor.h"
#include "kernel/shell/parser.h"
#include "lib/string.h"

#define PROMPT "mortise> "

#define STATUS_WRONG_SYNTAX    2
#define STATUS_UNKNOWN_COMMAND 127

static const struct line_terminal terminal = {
    .read = console_read,
    .write = console_write,
    .candidates = candidates_visit,
};

static struct {
    struct line_editor editor;
    int last_status; /* $? */
} shell = {.editor.terminal = &terminal};

static int run_command(struct parsed_command *parsed)
{
    const struct shell_command *command = command_find(parsed->words[0]);
    if (command == NULL) {
        console_print("%s: no such command: see help\n", parsed->words[0]);
        return STATUS_UNKNOWN_COMMAND;
    }
    return command->run(parsed->word_count, parsed->words);
}

/* Reads the line without running anything; `command` is only room for it. */
static bool line_is_correct(struct parser line, struct parsed_command *command)
{
    enum parser_result result;
    do {
        result = parser_next(&line, shell.last_status, command);
    } while (result == PARSER_COMMAND);
    if (result == PARSER_ERROR)
        console_print("shell: %.*s: %s\n", (int)command->source_length, command->source,
                      command->error);
    return result == PARSER_END;
}

static void show_as_typed(const struct parsed_command *command)
{
    console_print(PROMPT "%.*s\n", (int)command->source_length, command->source);
}

static void run_line(struct parser line, bool is_shown)
{
    struct parsed_command command;
    if (!line_is_correct(line, &command)) {
        shell.last_status = STATUS_WRONG_SYNTAX;
        return;
    }
    while (parser_next(&line, shell.last_status, &command) == PARSER_COMMAND) {
        if (is_shown)
            show_as_typed(&command);
        shell.last_status = run_command(&command);
    }
}

static int run_text(const char *text, size_t length)
{
    struct parser parser = {.position = text, .end = text + length};
    while (parser.position != parser.end)
        run_line(parser_take_line(&parser), true);
    return shell.last_status;
}

int shell_run_script(const char *script)
{
    return run_text(script, strlen(script));
}

int shell_run_file(const char *path)
{
    const struct initrd_node *node = initrd_find(path);
    if (node == NULL || initrd_is_directory(node))
        return command_failed("shell", path, node == NULL ? "no such file" : "is a directory");
    struct span contents = initrd_contents(node);
    return run_text((const char *)contents.bytes, contents.size);
}

void shell_main(void *unused)
{
    (void)unused;
    for (;;) {
        const char *text = line_editor_read(&shell.editor, PROMPT);
        run_line((struct parser){.position = text, .end = text + strlen(text)}, false);
    }
}

SHELL_COMMAND(history, "history", "list the lines that were typed", NULL)
{
    if (argument_count != 1)
        return command_usage_error(arguments[0]);
    for (size_t age = LINE_HISTORY_COUNT; age-- > 0;) {
        const char *line = line_editor_history(&shell.editor, age);
        if (line != NULL)
            console_print("%s\n", line);
    }
    return 0;
}

SELFTEST(shell, every_command_is_a_candidate_for_completion)
{
    struct completion completion;
    command_for_each(entry)
    {
        const char *name = (*entry)->name;
        completion_find(&completion, name, strlen(name), candidates_visit);
        CHECK(completion.is_command && completion.match_count >= 1);
    }
}
