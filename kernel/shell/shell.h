/* The shell: reads lines from the console and runs commands. See docs/shell.md for its grammar. */
#pragma once

/*
 * Runs `script` (commands separated by ; or newlines) as if typed, echoing the prompt and each
 * command. Returns the status of the last command.
 */
int shell_run_script(const char *script);

/* The same for a file of the initrd; a file that cannot be read is reported, with status 1. */
int shell_run_file(const char *path);

/* The interactive loop; never returns. Runs in a thread of its own. */
void shell_main(void *unused);
