/* Commands that look at files: ls, cat. */
#include "kernel/device/console.h"
#include "kernel/fs/initrd.h"
#include "kernel/shell/command.h"
#include "lib/status.h"

/*
 * Interrupts are off while the console writes, and a newline may make a framebuffer draw its whole
 * screen again: a few dozen of them in one go are as long as the clock can bear.
 */
#define WRITE_BYTES_MAX 64

static void list_node(const struct initrd_node *node)
{
    if (initrd_is_directory(node))
        console_print("%10s  %s/\n", "-", initrd_name(node));
    else
        console_print("%10zu  %s\n", initrd_contents(node).size, initrd_name(node));
}

SHELL_COMMAND(
    ls, "ls [PATH]", "list a directory of the initrd",
    "One line for each entry: its size in bytes and its name; a directory has no size and\n"
    "a / behind its name. Without PATH the root is listed.")
{
    if (argument_count > 2)
        return command_usage_error(arguments[0]);
    const char *path = argument_count == 2 ? arguments[1] : "/";
    const struct initrd_node *node = initrd_find(path);
    if (node == NULL)
        return command_failed(arguments[0], path, status_sentence(STATUS_FILE_MISSING));
    if (!initrd_is_directory(node)) {
        list_node(node);
        return 0;
    }
    for (node = initrd_first_child(node); node != NULL; node = initrd_next_sibling(node))
        list_node(node);
    return 0;
}

static void show_bytes(struct span bytes)
{
    for (size_t offset = 0; offset < bytes.size; offset += WRITE_BYTES_MAX) {
        size_t left = bytes.size - offset;
        console_write((const char *)bytes.bytes + offset,
                      left < WRITE_BYTES_MAX ? left : WRITE_BYTES_MAX);
    }
}

static int show_file(const char *command, const char *path)
{
    const struct initrd_node *node = initrd_find(path);
    if (node == NULL)
        return command_failed(command, path, status_sentence(STATUS_FILE_MISSING));
    if (initrd_is_directory(node))
        return command_failed(command, path, status_sentence(STATUS_FILE_DIRECTORY));
    show_bytes(initrd_contents(node));
    return 0;
}

SHELL_COMMAND(cat, "cat PATH...", "show files of the initrd", NULL)
{
    if (argument_count < 2)
        return command_usage_error(arguments[0]);
    int status = 0;
    for (int i = 1; i < argument_count; i++) {
        if (show_file(arguments[0], arguments[i]) != 0)
            status = 1;
    }
    return status;
}
