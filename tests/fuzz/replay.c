/*
 * Gives a target the files of folders: what `make test` does with the corpora, and a way to look at
 * one input without libFuzzer.
 *
 *     replay_<target> PATH...      files, or folders of files
 *
 * Prints how many inputs it gave; ends by a signal or a sanitizer's report when one is not taken well.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static unsigned inputs;

/* The mutators call it; nothing is changed here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    (void)data;
    return size < max_size ? size : max_size;
}

static void fail(const char *path)
{
    perror(path);
    exit(2);
}

static void replay_file(const char *path, size_t size)
{
    uint8_t *bytes = malloc(size);
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(bytes, 1, size, file) != size)
        fail(path);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    inputs++;
}

static void replay_folder(const char *path)
{
    char name[4096];
    DIR *folder = opendir(path);
    if (folder == NULL)
        fail(path);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct stat status;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (stat(name, &status) != 0)
            fail(name);
        if (S_ISREG(status.st_mode))
            replay_file(name, (size_t)status.st_size);
    }
    closedir(folder);
}

int main(int argument_count, char **arguments)
{
    for (int i = 1; i < argument_count; i++) {
        struct stat status;
        if (stat(arguments[i], &status) != 0)
            fail(arguments[i]);
        if (S_ISDIR(status.st_mode))
            replay_folder(arguments[i]);
        else
            replay_file(arguments[i], (size_t)status.st_size);
    }
    printf("%u inputs\n", inputs);
    return 0;
}
