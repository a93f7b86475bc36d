/*
 * Loads the files of a folder, one after the other, in the in-process loader, and says how each ended:
 *
 *     refusals_try FOLDER NAME...     FOLDER's files are the loader's, below /refusals
 *
 * A line a file: its name, a blank, the status' number and what the diagnosis says. 64-bit objects go
 * through the whole loader, and a refused one must leave its state as it was; 32-bit ones, which this
 * process could not run, through all that a load does with their bytes.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "loader/live/notes.h"
#include "tests/host/host_process.h"
#include "tests/host/host_sample.h"
#include "tests/host/support.h"

#define PLACE "/refusals"

static uint8_t bytes[16 << 20];

static struct span read_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    return span_make(bytes, size);
}

static void add_files(const char *folder_path)
{
    char path[512];
    DIR *folder = opendir(folder_path);
    if (folder == NULL) {
        perror(folder_path);
        exit(2);
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        struct span file = read_file(folder_path, entry->d_name);
        snprintf(path, sizeof(path), PLACE "/%s", entry->d_name);
        host_process_add_file(path, file.bytes, file.size);
    }
    host_process_add_file(PLACE, NULL, 0);
    closedir(folder);
}

static void start(const char *folder)
{
    struct kernel_export export = {.name = "printk", .hash = hash_name("printk")};
    struct diagnosis diagnosis;
    host_process_start();
    export.address = host_process_stub((void (*)(void))puts);
    add_files(folder);
    diagnosis_init(&diagnosis);
    ASSERT(loader_init(&export, 1, &diagnosis) == STATUS_OK);
}

static enum status load(const char *name, struct diagnosis *diagnosis)
{
    char path[512];
    uint32_t kmid;
    struct loader_state before;
    struct loader_state after;
    struct loader_unload_result result;
    snprintf(path, sizeof(path), PLACE "/%s", name);
    loader_get_state(&before);
    const struct loader_request request = {.path = path};
    enum status status = loader_load(&request, &kmid, diagnosis);
    if (status == STATUS_OK)
        ASSERT(loader_unload(kmid, &result, diagnosis) == STATUS_OK && result.is_gone);
    diagnosis_release(diagnosis);
    loader_get_state(&after);
    ASSERT(before.digest == after.digest && host_open_files() == 0);
    return status;
}

static bool is_32_bit_object(struct span file)
{
    return file.size > EI_CLASS && memcmp(file.bytes, ELFMAG, SELFMAG) == 0 &&
           file.bytes[EI_CLASS] == ELFCLASS32;
}

static void try_file(const char *folder, const char *name)
{
    struct diagnosis diagnosis;
    diagnosis_init(&diagnosis);
    struct span file = read_file(folder, name);
    bool is_wide = !is_32_bit_object(file) || strncmp(name, "ELF_MODE", 8) == 0;
    enum status status =
        is_wide ? load(name, &diagnosis) : sample_run(file, 0x10000000, &diagnosis);
    printf("%s %d %s\n", name, (int)status, status != STATUS_OK ? diagnosis.detail : "");
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 2)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    start(arguments[1]);
    for (int i = 2; i < argument_count; i++)
        try_file(arguments[1], arguments[i]);
    host_process_stop();
    return 0;
}
