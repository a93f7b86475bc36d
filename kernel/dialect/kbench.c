/*
 * kbench: what loading costs, in cycles of the CPU's counter. Under QEMU's -icount the counter counts
 * guest instructions, and the figures are the same in every run: tests/bench uses it so.
 */
#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "kernel/device/console.h"
#include "kernel/dialect/report.h"
#include "kernel/fs/initrd.h"
#include "kernel/shell/command.h"
#include "lib/format.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/loader.h"
#include "loader/live/notes.h"

#define BENCH_PATH_MAX  256
#define BENCH_LOADS_MAX 2048 /* files of one folder */

struct bench {
    const char *command;
    uint32_t kmids[BENCH_LOADS_MAX];
    size_t count;
    uint64_t load_cycles;
    uint64_t unload_cycles;
};

static int bench_load(struct bench *bench, const char *path)
{
    const struct loader_request request = {.path = path};
    struct diagnosis diagnosis;
    if (bench->count == BENCH_LOADS_MAX)
        return command_failed(bench->command, path, "too many files in one folder");
    uint64_t start = cpu_cycle_count();
    enum status status = loader_load(&request, &bench->kmids[bench->count], &diagnosis);
    bench->load_cycles += cpu_cycle_count() - start;
    if (status != STATUS_OK)
        return report_failure(bench->command, &diagnosis, NULL);
    diagnosis_release(&diagnosis);
    bench->count++;
    return 0;
}

/* Loads the file at `path`, or every file of the folder, in the order of their names. */
static int bench_load_all(struct bench *bench, const char *path)
{
    const struct initrd_node *node = initrd_find(path);
    if (node == NULL || !initrd_is_directory(node))
        return bench_load(bench, path);
    int result = 0;
    for (node = initrd_first_child(node); node != NULL && result == 0;
         node = initrd_next_sibling(node)) {
        char file[BENCH_PATH_MAX];
        format_text(file, sizeof(file), "%s/%s", path, initrd_name(node));
        result = bench_load(bench, file);
    }
    return result;
}

static int bench_unload_all(struct bench *bench)
{
    int result = 0;
    while (bench->count > 0) {
        struct diagnosis diagnosis;
        struct loader_unload_result unloaded;
        uint64_t start = cpu_cycle_count();
        enum status status = loader_unload(bench->kmids[--bench->count], &unloaded, &diagnosis);
        bench->unload_cycles += cpu_cycle_count() - start;
        if (status != STATUS_OK)
            result = report_failure(bench->command, &diagnosis, NULL);
        else
            diagnosis_release(&diagnosis);
    }
    return result;
}

/* Memory that the loader has taken from the kernel. */
static size_t bytes_in_use(void)
{
    struct host_totals totals;
    host_get_totals(&totals);
    return totals.pages * HOST_PAGE_SIZE + totals.heap_bytes;
}

static int bench_path(struct bench *bench, const char *path, bool is_kept)
{
    bench->count = 0;
    bench->load_cycles = bench->unload_cycles = 0;
    size_t bytes = bytes_in_use();
    int result = bench_load_all(bench, path);
    bytes = bytes_in_use() - bytes;
    size_t count = bench->count;
    if (!is_kept || result != 0)
        result |= bench_unload_all(bench);
    if (result == 0)
        console_print("%s: %zu loaded in %llu cycles, unloaded in %llu, %zu bytes\n", path, count,
                      (unsigned long long)bench->load_cycles,
                      (unsigned long long)bench->unload_cycles, bytes);
    return result;
}

SHELL_COMMAND(kbench, "kbench [-k] [PATH...]", "measure what loading and unloading costs",
              "Loads the extension at PATH, or every file of the folder at PATH in the order of\n"
              "names, unloads them in reverse, and prints the cycles that both took and the\n"
              "memory that they held. With -k they stay loaded. Without PATH it prints the\n"
              "CPU's cycle counter, which starts when the machine does, and the kernel's clock,\n"
              "by which cycles can be turned into time.")
{
    bool is_kept = argument_count > 1 && strcmp(arguments[1], "-k") == 0;
    int first = is_kept ? 2 : 1;
    if (argument_count == first) {
        console_print("cycle %llu, clock %llu ns\n", (unsigned long long)cpu_cycle_count(),
                      (unsigned long long)clock_now_ns());
        return 0;
    }
    struct bench *bench = kmalloc(sizeof(*bench));
    if (bench == NULL)
        return command_failed(arguments[0], arguments[first], "no memory to remember kmids in");
    bench->command = arguments[0];
    int result = 0;
    for (int i = first; i < argument_count && result == 0; i++)
        result = bench_path(bench, arguments[i], is_kept);
    kfree(bench);
    return result;
}
