/*
 * kernel_main: the table of contents of the system. What is started here is started in this order
 * because each part relies on those before it.
 */
#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "arch/interrupt.h"
#include "arch/machine.h"
#include "arch/paging.h"
#include "boot/arguments.h"
#include "boot/multiboot.h"
#include "kernel/device/console.h"
#include "kernel/fs/initrd.h"
#include "kernel/loader/loader_init.h"
#include "kernel/log/log.h"
#include "kernel/log/panic.h"
#include "kernel/mm/memory.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "kernel/task/task.h"
#include "kernel/time/clock.h"
#include "kernel/time/timeout.h"
#include "lib/format.h"
#include "lib/text.h"

#define MEGABYTE   (1024 * 1024)
#define RC_DEFAULT "/etc/rc"

#define MEMORY_RANGES_SHOWN 12

static struct boot_info info;

/* Called by arch/: the loader's magic number and the physical address of its information. */
NO_RETURN void kernel_main(uint32_t magic, uint32_t address);

/* The arguments that change how the rest of the boot talks and ends. */
static void apply_early_arguments(void)
{
    char value[32];
    uint64_t level;
    if (boot_argument(info.command_line, "loglevel", value, sizeof(value))) {
        if (text_to_u64(value, &level) && level <= LOG_DEBUG)
            log_set_console_level((enum log_level)level);
        else
            log_write(LOG_ERROR, "boot: loglevel=%s: not a level from 0 to %d", value, LOG_DEBUG);
    }
    if (boot_argument(info.command_line, "panic", value, sizeof(value)) && !panic_set_action(value))
        log_write(LOG_ERROR, "boot: panic=%s: not one of exit, halt, reboot", value);
}

static void report_boot_information(void)
{
    log_write(LOG_INFO, "boot: %s by %s", info.protocol,
              info.loader[0] != '\0' ? info.loader : "an unnamed loader");
    log_write(LOG_INFO, "boot: command line: %s", info.command_line);
    if (info.command_line_is_cut)
        log_write(LOG_ERROR, "boot: the command line is cut after %d bytes",
                  BOOT_COMMAND_LINE_MAX - 1);
    if (info.problem[0] != '\0')
        log_write(LOG_ERROR, "boot: %s", info.problem);
    if (info.modules_ignored != 0)
        log_write(LOG_WARNING, "boot: %zu modules after the initrd are not used",
                  info.modules_ignored);
}

static void mount_initrd(void)
{
    const struct span nothing = {NULL, 0};
    if (!info.has_initrd) {
        log_write(LOG_ERROR, "initrd: the boot loader gave none: there are no files. Give "
                             "initrd.tar as the first module");
        initrd_init(nothing);
        return;
    }
    size_t size = (size_t)(info.initrd.end - info.initrd.start);
    const void *bytes =
        memory_map_physical(info.initrd.start, size, PROTECTION_READ, PAGE_CACHE_NORMAL);
    if (bytes == NULL)
        log_write(LOG_ERROR, "initrd: no room to map its %zu bytes", size);
    initrd_init(bytes == NULL ? nothing : span_make(bytes, size));
}

static uint64_t usable_bytes(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < info.memory_count; i++)
        sum += info.memory[i].end - info.memory[i].start;
    return sum;
}

/* The memory map in one line. A machine has a few ranges; it takes a strange one to have more. */
static void print_memory(void)
{
    console_print("memory: %llu MiB usable:", (unsigned long long)(usable_bytes() / MEGABYTE));
    size_t i = 0;
    for (; i < info.memory_count && i < MEMORY_RANGES_SHOWN; i++)
        console_print(" 0x%llx-0x%llx", (unsigned long long)info.memory[i].start,
                      (unsigned long long)info.memory[i].end);
    if (i < info.memory_count)
        console_print(" and %zu ranges more", info.memory_count - i);
    console_print("\n");
}

static void print_banner(void)
{
    uint64_t now_ns = clock_now_ns();
    console_print("\nMortise for %s, built by " COMPILER_NAME "\n", arch_name());
    console_print("cpu: %s\n", cpu_description());
    print_memory();
    console_print("booted by %s (%s) in %llu.%03llu ms; `help` lists the commands\n",
                  info.loader[0] != '\0' ? info.loader : "?", info.protocol,
                  (unsigned long long)(now_ns / 1000000),
                  (unsigned long long)(now_ns / 1000 % 1000));
}

/* selftest[=pattern]: runs them, then leaves with the result. */
static void run_selftests(void)
{
    char pattern[64];
    if (!boot_argument(info.command_line, "selftest", pattern, sizeof(pattern)))
        return;
    unsigned failed = selftests_run(pattern[0] != '\0' ? pattern : "*");
    machine_poweroff(failed == 0 ? 0 : 1);
}

/* The file named by rc= (default RC_DEFAULT, which may be missing) is a script of commands; run= is one on the command line. */
static void run_scripts(void)
{
    static char script[BOOT_COMMAND_LINE_MAX];
    char path[128];
    bool is_named = boot_argument(info.command_line, "rc", path, sizeof(path));
    if (is_named)
        (void)shell_run_file(path);
    else if (initrd_find(RC_DEFAULT) != NULL)
        (void)shell_run_file(RC_DEFAULT);
    if (boot_argument(info.command_line, "run", script, sizeof(script)))
        (void)shell_run_script(script);
}

static void main_thread(void *unused)
{
    run_selftests();
    run_scripts();
    shell_main(unused);
}

void kernel_main(uint32_t magic, uint32_t address)
{
    console_init_early();
    cpu_init();
    interrupts_init();
    clock_init();
    multiboot_read(magic, address, paging_boot_window, &info);
    apply_early_arguments();
    paging_finish_boot();
    memory_init(&info);
    threads_init();
    timeouts_init();
    console_init_screen(&info);
    console_init_input();
    interrupts_restore(true);
    report_boot_information();
    mount_initrd();
    loader_host_init();
    print_banner();
    if (!thread_create("shell", main_thread, NULL))
        panic("no memory for the shell's thread");
    thread_exit();
}
