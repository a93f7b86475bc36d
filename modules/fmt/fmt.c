/*
 * fmt: an extension of nothing but services (fmt.h), for other extensions to import.
 *
 * 64-bit numbers are never divided: in 32-bit code that would call a routine of the compiler's own
 * library, and nobody exports one. Digits come from taking away powers of ten instead.
 */
#include "modules/fmt/fmt.h"

#include <stdbool.h>

#include <mortise/kernel.h>
#include <mortise/module.h>

MODULE_INFO("description", "Text services: fields, numbers, sizes, durations, lines");
MODULE_INFO("license", "BSD-2-Clause");

#define DIGITS_MAX 20 /* of 2^64 - 1 */

/* Text on its way into a buffer that may be too small for it. */
struct writer {
    char *buffer;
    size_t size_bytes;
    size_t length; /* of the whole text so far */
};

static const uint64_t powers_of_ten[DIGITS_MAX] = {
    1ull,
    10ull,
    100ull,
    1000ull,
    10000ull,
    100000ull,
    1000000ull,
    10000000ull,
    100000000ull,
    1000000000ull,
    10000000000ull,
    100000000000ull,
    1000000000000ull,
    10000000000000ull,
    100000000000000ull,
    1000000000000000ull,
    10000000000000000ull,
    100000000000000000ull,
    1000000000000000000ull,
    10000000000000000000ull,
};

static struct writer writer_open(char *buffer, size_t size_bytes)
{
    return (struct writer){buffer, size_bytes, 0};
}

static void put(struct writer *writer, char character)
{
    if (writer->length + 1 < writer->size_bytes)
        writer->buffer[writer->length] = character;
    writer->length++;
}

static void put_repeated(struct writer *writer, char character, size_t count)
{
    size_t end = writer->length + count;
    while (writer->length < end && writer->length + 1 < writer->size_bytes)
        put(writer, character);
    writer->length = end;
}

static void put_text(struct writer *writer, const char *text)
{
    for (; *text != 0; text++)
        put(writer, *text);
}

/* Ends the text with a zero byte, cut or not, and gives its whole length. */
static size_t writer_close(const struct writer *writer)
{
    if (writer->size_bytes > 0) {
        size_t last = writer->size_bytes - 1;
        writer->buffer[writer->length < last ? writer->length : last] = 0;
    }
    return writer->length;
}

static size_t put_field(char *buffer, size_t size_bytes, size_t before, const char *text,
                        size_t after)
{
    struct writer writer = writer_open(buffer, size_bytes);
    put_repeated(&writer, ' ', before);
    put_text(&writer, text);
    put_repeated(&writer, ' ', after);
    return writer_close(&writer);
}

/* Columns of the field that the text leaves empty. */
static size_t room_in(const char *text, size_t width)
{
    size_t length = strlen(text);
    return length < width ? width - length : 0;
}

size_t fmt_pad(char *buffer, size_t size_bytes, const char *text, size_t width)
{
    return put_field(buffer, size_bytes, 0, text, room_in(text, width));
}

size_t fmt_right(char *buffer, size_t size_bytes, const char *text, size_t width)
{
    return put_field(buffer, size_bytes, room_in(text, width), text, 0);
}

size_t fmt_center(char *buffer, size_t size_bytes, const char *text, size_t width)
{
    size_t room = room_in(text, width);
    return put_field(buffer, size_bytes, room / 2, text, room - room / 2);
}

size_t fmt_repeat(char *buffer, size_t size_bytes, char character, size_t count)
{
    struct writer writer = writer_open(buffer, size_bytes);
    put_repeated(&writer, character, count);
    return writer_close(&writer);
}

/* How many decimal digits the number has; at least 1. */
static unsigned count_digits(uint64_t number)
{
    unsigned count = 1;
    while (count < DIGITS_MAX && number >= powers_of_ten[count])
        count++;
    return count;
}

/* Takes the digit at `place` (0: ones) off a number that has none above it. */
static char take_digit(uint64_t *number, unsigned place)
{
    char digit = '0';
    while (*number >= powers_of_ten[place]) {
        *number -= powers_of_ten[place];
        digit++;
    }
    return digit;
}

size_t fmt_number(char *buffer, size_t size_bytes, uint64_t number)
{
    struct writer writer = writer_open(buffer, size_bytes);
    for (unsigned place = count_digits(number); place-- > 0;) {
        put(&writer, take_digit(&number, place));
        if (place > 0 && place % 3 == 0)
            put(&writer, ',');
    }
    return writer_close(&writer);
}

/* Puts the number's digits down to `end` (exclusive), or a 0 when there are none. */
static void put_digits(struct writer *writer, uint64_t *number, unsigned end)
{
    unsigned place = count_digits(*number);
    if (place <= end)
        put(writer, '0');
    while (place-- > end)
        put(writer, take_digit(number, place));
}

size_t fmt_size(char *buffer, size_t size_bytes, uint64_t count_bytes)
{
    static const char units[][4] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    struct writer writer = writer_open(buffer, size_bytes);
    unsigned unit = 0;
    unsigned fraction = 0; /* in 1024ths of the unit */
    while (count_bytes >= 1024) {
        fraction = (unsigned)(count_bytes & 1023);
        count_bytes >>= 10;
        unit++;
    }
    put_digits(&writer, &count_bytes, 0);
    if (unit > 0) {
        put(&writer, '.');
        put(&writer, (char)('0' + fraction * 10 / 1024));
    }
    put(&writer, ' ');
    put_text(&writer, units[unit]);
    return writer_close(&writer);
}

size_t fmt_duration(char *buffer, size_t size_bytes, uint64_t duration_ns)
{
    static const char units[][3] = {"ns", "us", "ms", "s"};
    struct writer writer = writer_open(buffer, size_bytes);
    unsigned unit = 0;
    while (unit < 3 && duration_ns >= powers_of_ten[3 * unit + 3])
        unit++;

    put_digits(&writer, &duration_ns, 3 * unit);
    if (unit > 0) {
        put(&writer, '.');
        put(&writer, take_digit(&duration_ns, 3 * unit - 1));
        put(&writer, take_digit(&duration_ns, 3 * unit - 2));
    }
    put(&writer, ' ');
    put_text(&writer, units[unit]);
    return writer_close(&writer);
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static const char *skip_blanks(const char *text)
{
    while (is_blank(*text))
        text++;
    return text;
}

/* The length of the line that `text` begins with, when `width` columns are all there is. */
static size_t line_length(const char *text, size_t width)
{
    size_t length = 0;
    while (length < width && text[length] != 0 && text[length] != '\n')
        length++;
    if (length < width || text[length] == 0 || text[length] == '\n' || is_blank(text[length]))
        return length;

    /* The line ends inside a word: go back to the blank before it, if there is one. */
    size_t end = length;
    while (end > 0 && !is_blank(text[end - 1]))
        end--;
    return end > 0 ? end : length;
}

const char *fmt_wrap(char *buffer, size_t size_bytes, const char *text, size_t width)
{
    if (size_bytes > 0)
        buffer[0] = 0;
    if (size_bytes < 2 || width == 0)
        return NULL;

    text = skip_blanks(text);
    size_t length = line_length(text, width < size_bytes - 1 ? width : size_bytes - 1);
    const char *rest = skip_blanks(text + length);
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    memcpy(buffer, text, length);
    buffer[length] = 0;

    if (*rest == '\n')
        rest++;
    return *rest != 0 ? rest : NULL;
}
