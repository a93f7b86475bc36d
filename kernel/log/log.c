/*
 * The log's ring: records one behind the other, the oldest overwritten by the newest.
 *
 *   ... | header | text | header | text | header | text | (free) | ...
 *       tail                                            head
 *
 * Positions count bytes since the beginning of time; the place in the ring is the position modulo its
 * size. Interrupts are off while it changes, and while one record is copied out; a reader that was
 * overtaken goes on with the oldest record that is left.
 */
#include "kernel/log/log.h"

#include "arch/cpu.h"
#include "kernel/device/console.h"
#include "kernel/selftest/selftest.h"
#include "lib/format.h"
#include "lib/string.h"

#define RING_BYTES 65536u
_Static_assert((RING_BYTES & (RING_BYTES - 1)) == 0, "positions wrap around at 2^64");

/* "[12345.123456] " before the text */
#define STAMP_MAX 32

struct record {
    uint64_t time_ns;
    uint16_t length;
    uint16_t level;
};

static struct {
    uint8_t bytes[RING_BYTES];
    uint64_t tail; /* position of the oldest record */
    uint64_t head; /* position behind the newest */
    size_t count;
    enum log_level console_level;
} ring = {.console_level = LOG_NOTICE};

static void ring_put(const void *from, size_t size_bytes)
{
    const uint8_t *bytes = from;
    for (size_t i = 0; i < size_bytes; i++)
        ring.bytes[(ring.head + i) % RING_BYTES] = bytes[i];
    ring.head += size_bytes;
}

static void ring_get(uint64_t position, void *to, size_t size_bytes)
{
    uint8_t *bytes = to;
    for (size_t i = 0; i < size_bytes; i++)
        bytes[i] = ring.bytes[(position + i) % RING_BYTES];
}

static void drop_oldest(void)
{
    struct record record;
    ring_get(ring.tail, &record, sizeof(record));
    ring.tail += sizeof(record) + record.length;
    ring.count--;
}

static void add(const struct record *record, const char *text)
{
    bool were_on = interrupts_save();
    while (ring.head + sizeof(*record) + record->length - ring.tail > RING_BYTES)
        drop_oldest();
    ring_put(record, sizeof(*record));
    ring_put(text, record->length);
    ring.count++;
    interrupts_restore(were_on);
}

/* The line as it is shown; returns its length. `size_bytes` has room for it. */
static size_t show(const struct record *record, const char *text, char *line, size_t size_bytes)
{
    uint64_t microseconds = record->time_ns / 1000;
    size_t length = format_text(line, size_bytes, "[%5llu.%06llu] ",
                                (unsigned long long)(microseconds / 1000000),
                                (unsigned long long)(microseconds % 1000000));
    memcpy(line + length, text, record->length);
    length += record->length;
    line[length] = 0;
    return length;
}

void log_set_console_level(enum log_level level)
{
    ring.console_level = level;
}

void log_write_list(enum log_level level, const char *format, va_list arguments)
{
    char text[LOG_LINE_MAX];
    size_t length = format_text_list(text, sizeof(text), format, arguments);
    if (length >= sizeof(text))
        length = sizeof(text) - 1;
    while (length > 0 && text[length - 1] == '\n')
        length--;
    struct record record = {
        .time_ns = clock_now_ns(), .length = (uint16_t)length, .level = (uint16_t)level};
    add(&record, text);
    if (level <= ring.console_level) {
        char line[STAMP_MAX + LOG_LINE_MAX];
        size_t shown = show(&record, text, line, sizeof(line));
        line[shown] = '\n';
        console_write(line, shown + 1);
    }
}

void log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_write_list(level, format, arguments);
    va_end(arguments);
}

void printk(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_write_list(LOG_NOTICE, format, arguments);
    va_end(arguments);
}

/*
 * Copies the record at `*position`, or the oldest one when that is gone, and steps behind it. False
 * from position `end` on.
 */
static bool read_next(uint64_t *position, uint64_t end, struct record *record, char *text)
{
    bool were_on = interrupts_save();
    if (*position < ring.tail)
        *position = ring.tail;
    bool is_there = *position < end;
    if (is_there) {
        ring_get(*position, record, sizeof(*record));
        ring_get(*position + sizeof(*record), text, record->length);
        *position += sizeof(*record) + record->length;
    }
    interrupts_restore(were_on);
    return is_there;
}

void log_read(size_t count, void (*line)(const char *text, void *context), void *context)
{
    struct record record;
    char text[LOG_LINE_MAX];
    char shown[STAMP_MAX + LOG_LINE_MAX];
    bool were_on = interrupts_save();
    uint64_t position = ring.tail;
    uint64_t end = ring.head;
    size_t skipped = ring.count > count ? ring.count - count : 0;
    interrupts_restore(were_on);
    while (read_next(&position, end, &record, text)) {
        if (skipped > 0) {
            skipped--;
            continue;
        }
        show(&record, text, shown, sizeof(shown));
        line(shown, context);
    }
}

/* --- self-tests --- */

struct last_lines {
    unsigned count;
    char last[STAMP_MAX + LOG_LINE_MAX];
};

static void note_line(const char *text, void *context)
{
    struct last_lines *lines = context;
    lines->count++;
    format_text(lines->last, sizeof(lines->last), "%s", text);
}

SELFTEST(log, the_last_lines_are_read_back)
{
    static struct last_lines lines;
    lines.count = 0;
    log_write(LOG_DEBUG, "self-test %d\n", 1);
    log_write(LOG_DEBUG, "self-test %d\n", 2);
    log_read(1, note_line, &lines);
    CHECK(lines.count == 1);
    const char *text = strstr(lines.last, "] ");
    CHECK(text != NULL && strcmp(text, "] self-test 2") == 0);
}

SELFTEST(log, a_full_ring_keeps_the_newest_lines)
{
    static struct last_lines lines;
    lines.count = 0;
    for (unsigned i = 0; i < RING_BYTES / 16; i++)
        log_write(LOG_DEBUG, "line %u of a test that fills the log", i);
    log_read(SIZE_MAX, note_line, &lines);
    CHECK(lines.count > RING_BYTES / 64 && lines.count < RING_BYTES / 32);
    CHECK(strstr(lines.last, "line 4095 ") != NULL);
}

SELFTEST(log, a_line_that_is_too_long_is_cut)
{
    static struct last_lines lines;
    log_write(LOG_DEBUG, "%*d", 2 * LOG_LINE_MAX, 7);
    log_read(1, note_line, &lines);
    CHECK(strlen(lines.last) < STAMP_MAX + LOG_LINE_MAX);
    CHECK(strchr(lines.last, '7') == NULL || lines.last[strlen(lines.last) - 1] != '7');
}
