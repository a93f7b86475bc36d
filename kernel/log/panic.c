/*
 * The panic's report. Interrupts stay off from the first line on, so nothing else runs any more.
 * `depth` counts the panics that have begun: one that begins inside another's report (the report
 * read something broken) says so and stops; the third, caused by even that, only stops.
 */
#include "kernel/log/panic.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/cpu.h"
#include "arch/interrupt.h"
#include "kernel/device/console.h"
#include "kernel/log/backtrace.h"
#include "kernel/log/log.h"
#include "kernel/task/task.h"
#include "lib/assert.h"
#include "lib/format.h"
#include "lib/string.h"

#define LOG_LINES   10
#define MESSAGE_MAX 256

enum panic_action { PANIC_HALT, PANIC_EXIT, PANIC_REBOOT };

static struct {
    enum panic_action action;
    unsigned depth;
} state;

bool panic_set_action(const char *name)
{
    static const char *const names[] = {
        [PANIC_HALT] = "halt", [PANIC_EXIT] = "exit", [PANIC_REBOOT] = "reboot"};
    for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            state.action = (enum panic_action)i;
            return true;
        }
    }
    return false;
}

NO_RETURN static void act(void)
{
    if (state.action == PANIC_EXIT)
        machine_poweroff(1);
    if (state.action == PANIC_REBOOT)
        machine_reboot();
    console_print("halted\n");
    cpu_halt();
}

static void print_log_line(const char *text, void *context UNUSED)
{
    console_print("  %s\n", text);
}

static void print_registers(const struct trap_frame *frame)
{
    char line[160];
    for (unsigned i = 0; trap_frame_registers(frame, i, line, sizeof(line)); i++)
        console_print("  %s\n", line);
}

/* `base` is the stack frame whose caller the backtrace begins with; 0 when `frame` was trapped. */
NO_RETURN static void report(const struct trap_frame *frame, uintptr_t base, const char *message)
{
    interrupts_save();
    state.depth++;
    if (state.depth > 2)
        cpu_halt();
    if (state.depth == 2) {
        console_print("\npanic inside a panic: %s\n", message);
        act();
    }
    const struct thread *thread = thread_current();
    console_print("\npanic: %s\n", message);
    console_print("thread: %s\n", thread == NULL ? "none yet" : thread_name(thread));
    console_print("registers:\n");
    print_registers(frame);
    console_print("backtrace:\n");
    if (base == 0)
        backtrace_print_frame(frame);
    else
        backtrace_print(base);
    console_print("last log lines:\n");
    log_read(LOG_LINES, print_log_line, NULL);
    act();
}

void panic(const char *format, ...)
{
    uintptr_t base = (uintptr_t)__builtin_frame_address(0);
    const struct trap_frame *frame =
        trap_frame_capture((uintptr_t)__builtin_return_address(0), base);
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    format_text_list(message, sizeof(message), format, arguments);
    va_end(arguments);
    report(frame, base, message);
}

void panic_at(const struct trap_frame *frame, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    format_text_list(message, sizeof(message), format, arguments);
    va_end(arguments);
    report(frame, 0, message);
}

void assert_failed(const char *condition, const char *file, int line)
{
    panic("assertion failed: %s, %s:%d", condition, file, line);
}
