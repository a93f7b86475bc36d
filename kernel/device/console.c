/*
 * The console: fan-out of output, and the ring that collects input.
 *
 * Invariants:
 *   1. Everything here happens with interrupts off; on one CPU that is all the locking it needs,
 *      and text of one call is never mixed with another's.
 *   2. `writers` is more than 1 only when writing itself has faulted and the panic writes too. The
 *      screen's state may then be half changed, so such text goes to the serial line alone.
 *   3. The input ring is full when head - tail is its size; what is typed then is dropped.
 */
#include "kernel/device/console.h"

#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "kernel/device/framebuffer.h"
#include "kernel/device/keyboard.h"
#include "kernel/device/serial.h"
#include "kernel/device/terminal.h"
#include "kernel/device/vga_text.h"
#include "kernel/selftest/selftest.h"
#include "kernel/task/task.h"
#include "lib/format.h"

#define INPUT_BYTES 1024 /* a power of two: head and tail count on and on */
_Static_assert((INPUT_BYTES & (INPUT_BYTES - 1)) == 0, "see above");

static struct {
    unsigned writers;
    bool has_screen;
    struct terminal terminal;

    char input[INPUT_BYTES];
    unsigned head; /* counts bytes added */
    unsigned tail; /* counts bytes taken */
    bool takes_input;
    struct wait_queue readers;
} console;

static bool begin_output(void)
{
    bool were_on = interrupts_save();
    console.writers++;
    return were_on;
}

static void end_output(bool were_on)
{
    console.writers--;
    interrupts_restore(were_on);
}

static void put(const char *text, size_t length)
{
    serial_write(text, length);
    if (console.has_screen && console.writers == 1)
        terminal_write(&console.terminal, text, length);
}

void console_write(const char *text, size_t length)
{
    bool were_on = begin_output();
    put(text, length);
    end_output(were_on);
}

/* Collects the small pieces that formatting makes, so that the screen's cursor moves less often. */
struct console_sink {
    struct format_sink sink;
    char buffer[128];
    size_t length;
};

static void flush(struct console_sink *sink)
{
    put(sink->buffer, sink->length);
    sink->length = 0;
}

static void sink_put(struct format_sink *base, const char *text, size_t length)
{
    struct console_sink *sink = CONTAINER_OF(base, struct console_sink, sink);
    for (size_t i = 0; i < length; i++) {
        if (sink->length == sizeof(sink->buffer))
            flush(sink);
        sink->buffer[sink->length++] = text[i];
    }
}

void console_print(const char *format, ...)
{
    struct console_sink sink = {.sink.put = sink_put};
    va_list arguments;
    va_start(arguments, format);
    bool were_on = begin_output();
    format_to(&sink.sink, format, arguments);
    flush(&sink);
    end_output(were_on);
    va_end(arguments);
}

void console_init_early(void)
{
    (void)serial_init(); /* without one the screen is all there is, or nothing: no one to tell */
}

static struct terminal_screen *open_screen(const struct boot_info *info)
{
    const char *why = "no room to map it";
    struct terminal_screen *screen = NULL;
    switch (info->screen) {
    case BOOT_SCREEN_NONE:
        return NULL;
    case BOOT_SCREEN_TEXT:
        screen = vga_text_init();
        break;
    case BOOT_SCREEN_FRAMEBUFFER:
        screen = framebuffer_init(&info->framebuffer, &why);
        break;
    }
    if (screen == NULL)
        log_write(LOG_WARNING, "console: the screen cannot be used: %s", why);
    return screen;
}

void console_init_screen(const struct boot_info *info)
{
    struct terminal_screen *screen = open_screen(info);
    if (screen == NULL)
        return;
    bool were_on = begin_output();
    terminal_init(&console.terminal, screen);
    console.has_screen = true;
    end_output(were_on);
}

void console_init_input(void)
{
    wait_queue_init(&console.readers);
    console.takes_input = true;
    serial_start_input();
    keyboard_start_input();
}

void console_input(char byte)
{
    if (!console.takes_input || console.head - console.tail == INPUT_BYTES)
        return;
    console.input[console.head % INPUT_BYTES] = byte;
    console.head++;
    wait_queue_wake_one(&console.readers);
}

char console_read(void)
{
    bool were_on = interrupts_save();
    while (console.head == console.tail)
        wait_queue_sleep(&console.readers);
    char byte = console.input[console.tail % INPUT_BYTES];
    console.tail++;
    interrupts_restore(were_on);
    return byte;
}

/* Adds nothing for good: what was typed before stays, and the bytes of the test are taken back. */
SELFTEST(console, input_beyond_the_ring_is_dropped)
{
    bool were_on = interrupts_save();
    unsigned head = console.head;
    if (console.takes_input) {
        for (unsigned i = 0; i < INPUT_BYTES + 1; i++)
            console_input('x');
        CHECK(console.head - console.tail == INPUT_BYTES);
        console.head = head;
    }
    interrupts_restore(were_on);
}

SELFTEST(console, input_comes_out_in_order)
{
    bool were_on = interrupts_save();
    if (console.takes_input && console.head == console.tail) {
        console_input('a');
        console_input('b');
        CHECK(console_read() == 'a');
        CHECK(console_read() == 'b');
    }
    interrupts_restore(were_on);
}
