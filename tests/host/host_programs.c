/* Other programs for tests; see the header. */
#define _GNU_SOURCE
#include "tests/host/host_programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/host/support.h"

#define COMMAND_MAX 4096

static char folder[64];
static pid_t owner;

static void remove_folder(void)
{
    char command[128];
    if (getpid() != owner)
        return;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    if (system(command) != 0)
        perror(command);
}

static void set_program(const char *variable, const char *prefix, const char *name)
{
    char program[256];
    snprintf(program, sizeof(program), "%s%s", prefix, name);
    setenv(variable, program, 1);
}

static const char *scratch_folder(void)
{
    const char *prefix = getenv("CROSS_COMPILE");
    if (folder[0] != '\0')
        return folder;
    if (prefix == NULL)
        prefix = "x86_64-linux-gnu-";
    set_program("CC", prefix, "gcc");
    set_program("LD", prefix, "ld");
    set_program("AR", prefix, "ar");
    set_program("OBJCOPY", prefix, "objcopy");
    strcpy(folder, "/tmp/mortise-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    owner = getpid();
    atexit(remove_folder);
    return folder;
}

void scratch_run(const char *format, ...)
{
    char command[COMMAND_MAX];
    int used = snprintf(command, sizeof(command), "cd %s && ", scratch_folder());
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(command + used, sizeof(command) - (size_t)used, format, arguments);
    va_end(arguments);
    assert_true((size_t)(used + length) < sizeof(command));
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

bool scratch_has_program(const char *name)
{
    char command[128];
    snprintf(command, sizeof(command), "command -v %s > /dev/null", name);
    return system(command) == 0;
}

static FILE *scratch_open(const char *name, const char *mode)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", scratch_folder(), name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

void scratch_write(const char *name, const void *bytes, size_t size_bytes)
{
    FILE *file = scratch_open(name, "wb");
    assert_int_equal(fwrite(bytes, 1, size_bytes, file), size_bytes);
    assert_int_equal(fclose(file), 0);
}

struct span scratch_read(const char *name)
{
    FILE *file = scratch_open(name, "rb");
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    uint8_t *bytes = malloc(size != 0 ? size : 1);
    rewind(file);
    assert_int_equal(fread(bytes, 1, size, file), size);
    fclose(file);
    return span_make(bytes, size);
}

void scratch_free(struct span contents)
{
    free((void *)contents.bytes);
}

struct span scratch_compile(const char *command, const char *name, const char *source)
{
    char file[128];
    snprintf(file, sizeof(file), "%s.c", name);
    scratch_write(file, source, strlen(source));
    scratch_run("%s -c -o %s %s", command, name, file);
    return scratch_read(name);
}
