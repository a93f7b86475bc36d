/* Commands that look at the kernel or end it: dmesg, mem, selftest, panic, reboot, poweroff. */
#include <stdint.h>

#include "arch/cpu.h"
#include "kernel/device/console.h"
#include "kernel/log/log.h"
#include "kernel/log/panic.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/memory.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/command.h"
#include "lib/text.h"

static void show_log_line(const char *text, void *unused)
{
    (void)unused;
    console_print("%s\n", text);
}

SHELL_COMMAND(dmesg, "dmesg [COUNT]", "show the kernel log, or its last COUNT lines", NULL)
{
    uint64_t count = SIZE_MAX;
    if (argument_count > 2 || (argument_count == 2 && !text_to_u64(arguments[1], &count)))
        return command_usage_error(arguments[0]);
    log_read((size_t)count, show_log_line, NULL);
    return 0;
}

SHELL_COMMAND(mem, "mem", "show how much memory is used for what", NULL)
{
    if (argument_count != 1)
        return command_usage_error(arguments[0]);
    struct memory_totals memory;
    struct heap_totals heap;
    heap_trim(); /* what nothing is in could be had by whoever asked */
    memory_get_totals(&memory);
    heap_get_totals(&heap);
    console_print("frames      %zu of %zu free (%zu of %zu KiB)\n", memory.frames_free,
                  memory.frames, memory.frames_free * (PAGE_SIZE / 1024),
                  memory.frames * (PAGE_SIZE / 1024));
    console_print("kernel      %zu pages mapped\n", memory.kernel_pages);
    console_print("extensions  %zu pages mapped\n", memory.extension_pages);
    console_print("heap        %zu bytes in %zu allocations\n", heap.bytes, heap.allocations);
    return 0;
}

SHELL_COMMAND(selftest, "selftest [PATTERN]", "run the kernel's self-tests and report KTAP",
              "PATTERN chooses tests by name, suite.rule; * and ? stand for any characters.")
{
    if (argument_count > 2)
        return command_usage_error(arguments[0]);
    return selftests_run(argument_count == 2 ? arguments[1] : "*") == 0 ? 0 : 1;
}

SHELL_COMMAND(panic, "panic [TEXT]", "stop the kernel as if it had found a mistake of its own",
              NULL)
{
    if (argument_count > 2)
        return command_usage_error(arguments[0]);
    panic("%s", argument_count == 2 ? arguments[1] : "asked for by the panic command");
}

SHELL_COMMAND(reboot, "reboot", "reset the machine", NULL)
{
    if (argument_count != 1)
        return command_usage_error(arguments[0]);
    machine_reboot();
}

SHELL_COMMAND(
    poweroff, "poweroff [STATUS]", "switch the machine off",
    "STATUS 0, which is meant without one, says that all is well. With QEMU's exit device\n"
    "QEMU ends with exit code 33 for 0 and 65 for anything else.")
{
    uint64_t status = 0;
    if (argument_count > 2 || (argument_count == 2 && !text_to_u64(arguments[1], &status)) ||
        status > INT32_MAX)
        return command_usage_error(arguments[0]);
    machine_poweroff((int)status);
}
