/*
 * printf-like formatting. Keeps no state, allocates nothing, writes only through the sink.
 *
 *     format --> conversion (flags, width, precision, length, specifier)
 *                    |
 *                    v
 *     arguments --> number, text or character --> writer, which counts --> sink
 *
 * Where C leaves a case open: %s of NULL is "(null)", %p is 0x and the digits without padding (0x0
 * for NULL), and a flag that means nothing for a conversion is ignored.
 */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/string.h"

enum {
    FLAG_LEFT = 1,      /* - */
    FLAG_ZERO = 2,      /* 0 */
    FLAG_PLUS = 4,      /* + */
    FLAG_SPACE = 8,     /* space */
    FLAG_ALTERNATE = 16 /* # */
};

enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG };

/* So that z and t can be taken as l, and j as ll. */
_Static_assert(sizeof(size_t) == sizeof(long) && sizeof(ptrdiff_t) == sizeof(long), "z and t");
_Static_assert(sizeof(intmax_t) == sizeof(long long), "j");
_Static_assert(sizeof(int) == sizeof(int32_t), "the limits of int below are those of int32_t");

#define PRECISION_NONE (-1)
#define DIGITS_MAX     22 /* 64 bits in octal */

struct conversion {
    int width;
    int precision;
    uint8_t flags;
    uint8_t length;
    char specifier;
};

struct writer {
    struct format_sink *sink;
    size_t count;
    va_list arguments;
};

/* What a number looks like: padding, prefix, zeros, digits, in this order or with padding last. */
struct number_shape {
    const char *prefix;
    size_t prefix_length;
    size_t zeros;
    const char *digits;
    size_t digit_count;
};

/* ---- writing ---- */

static void put(struct writer *writer, const char *text, size_t length)
{
    if (length == 0)
        return;
    writer->sink->put(writer->sink, text, length);
    writer->count += length;
}

static void put_repeated(struct writer *writer, const char *sixteen, size_t count)
{
    for (; count > 16; count -= 16)
        put(writer, sixteen, 16);
    put(writer, sixteen, count);
}

static void put_spaces(struct writer *writer, size_t count)
{
    put_repeated(writer, "                ", count);
}

static void put_zeros(struct writer *writer, size_t count)
{
    put_repeated(writer, "0000000000000000", count);
}

/* How many characters a text of `length` lacks to fill the width. */
static size_t padding_for(const struct conversion *conversion, size_t length)
{
    size_t width = (size_t)conversion->width;
    return width > length ? width - length : 0;
}

static void put_padded(struct writer *writer, const struct conversion *conversion, const char *text,
                       size_t length)
{
    size_t padding = padding_for(conversion, length);
    if ((conversion->flags & FLAG_LEFT) == 0)
        put_spaces(writer, padding);
    put(writer, text, length);
    if ((conversion->flags & FLAG_LEFT) != 0)
        put_spaces(writer, padding);
}

/* ---- numbers ---- */

/*
 * Divides `*value` and returns the remainder. By hand in pieces of 16 bits, because a 32-bit kernel
 * has no division of 64 bits without a library. `divisor` is less than 65536.
 */
static unsigned divide(uint64_t *value, unsigned divisor)
{
    uint64_t quotient = 0;
    uint32_t remainder = 0;
    for (int shift = 48; shift >= 0; shift -= 16) {
        uint32_t part = remainder << 16 | (uint16_t)(*value >> shift);
        quotient |= (uint64_t)(part / divisor) << shift;
        remainder = part % divisor;
    }
    *value = quotient;
    return remainder;
}

static unsigned base_of(char specifier)
{
    switch (specifier) {
    case 'o':
        return 8;
    case 'x':
    case 'X':
    case 'p':
        return 16;
    default:
        return 10;
    }
}

/* Writes the digits of `value` so that they end at `end`; returns their number, 0 for zero. */
static size_t digits_write(char *end, uint64_t value, char specifier)
{
    const char *digits = specifier == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned base = base_of(specifier);
    char *first = end;
    while (value != 0)
        *--first = digits[divide(&value, base)];
    return (size_t)(end - first);
}

/* The zeros that precision, the 0 flag and # of octal put before the digits. */
static size_t number_zeros(const struct conversion *conversion, const struct number_shape *shape)
{
    size_t shown = shape->prefix_length + shape->digit_count;
    bool to_width = (conversion->flags & (FLAG_ZERO | FLAG_LEFT)) == FLAG_ZERO;
    size_t wanted = conversion->precision == PRECISION_NONE ? 1 : (size_t)conversion->precision;
    size_t zeros = wanted > shape->digit_count ? wanted - shape->digit_count : 0;

    if (conversion->precision == PRECISION_NONE && to_width) {
        size_t padding = padding_for(conversion, shown);
        zeros = padding > zeros ? padding : zeros;
    }
    if (zeros == 0 && conversion->specifier == 'o' && (conversion->flags & FLAG_ALTERNATE) != 0)
        zeros = 1;
    return zeros;
}

static void put_number(struct writer *writer, const struct conversion *conversion, uint64_t value,
                       const char *prefix)
{
    char digits[DIGITS_MAX];
    struct number_shape shape = {.prefix = prefix, .prefix_length = strlen(prefix)};
    shape.digit_count = digits_write(digits + DIGITS_MAX, value, conversion->specifier);
    shape.digits = digits + DIGITS_MAX - shape.digit_count;
    shape.zeros = number_zeros(conversion, &shape);

    size_t length = shape.prefix_length + shape.zeros + shape.digit_count;
    size_t padding = padding_for(conversion, length);
    if ((conversion->flags & FLAG_LEFT) == 0)
        put_spaces(writer, padding);
    put(writer, shape.prefix, shape.prefix_length);
    put_zeros(writer, shape.zeros);
    put(writer, shape.digits, shape.digit_count);
    if ((conversion->flags & FLAG_LEFT) != 0)
        put_spaces(writer, padding);
}

static int64_t take_signed(struct writer *writer, uint8_t length)
{
    switch (length) {
    case LENGTH_CHAR:
        return (signed char)va_arg(writer->arguments, int);
    case LENGTH_SHORT:
        return (short)va_arg(writer->arguments, int);
    case LENGTH_LONG:
        return va_arg(writer->arguments, long);
    case LENGTH_LONG_LONG:
        return va_arg(writer->arguments, long long);
    default:
        return va_arg(writer->arguments, int);
    }
}

static uint64_t take_unsigned(struct writer *writer, uint8_t length)
{
    switch (length) {
    case LENGTH_CHAR:
        return (unsigned char)va_arg(writer->arguments, unsigned);
    case LENGTH_SHORT:
        return (unsigned short)va_arg(writer->arguments, unsigned);
    case LENGTH_LONG:
        return va_arg(writer->arguments, unsigned long);
    case LENGTH_LONG_LONG:
        return va_arg(writer->arguments, unsigned long long);
    default:
        return va_arg(writer->arguments, unsigned);
    }
}

static void convert_signed(struct writer *writer, const struct conversion *conversion)
{
    int64_t value = take_signed(writer, conversion->length);
    if (value < 0)
        put_number(writer, conversion, 0 - (uint64_t)value, "-");
    else if ((conversion->flags & FLAG_PLUS) != 0)
        put_number(writer, conversion, (uint64_t)value, "+");
    else if ((conversion->flags & FLAG_SPACE) != 0)
        put_number(writer, conversion, (uint64_t)value, " ");
    else
        put_number(writer, conversion, (uint64_t)value, "");
}

static void convert_unsigned(struct writer *writer, const struct conversion *conversion)
{
    uint64_t value = take_unsigned(writer, conversion->length);
    const char *prefix = "";
    if ((conversion->flags & FLAG_ALTERNATE) != 0 && value != 0) {
        if (conversion->specifier == 'x')
            prefix = "0x";
        else if (conversion->specifier == 'X')
            prefix = "0X";
    }
    put_number(writer, conversion, value, prefix);
}

/* ---- other conversions ---- */

static void convert_pointer(struct writer *writer, const struct conversion *conversion)
{
    put_number(writer, conversion, (uintptr_t)va_arg(writer->arguments, void *), "0x");
}

static void convert_character(struct writer *writer, const struct conversion *conversion)
{
    char character = (char)va_arg(writer->arguments, int);
    put_padded(writer, conversion, &character, 1);
}

static void convert_text(struct writer *writer, const struct conversion *conversion)
{
    const char *text = va_arg(writer->arguments, const char *);
    if (text == NULL)
        text = "(null)";
    /* With a precision the text need not end with a zero byte. */
    size_t length = conversion->precision == PRECISION_NONE
                        ? strlen(text)
                        : strnlen(text, (size_t)conversion->precision);
    put_padded(writer, conversion, text, length);
}

/* Writes one argument; false when the conversion is not known. */
static bool convert(struct writer *writer, const struct conversion *conversion)
{
    switch (conversion->specifier) {
    case 'd':
    case 'i':
        convert_signed(writer, conversion);
        return true;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        convert_unsigned(writer, conversion);
        return true;
    case 'c':
        convert_character(writer, conversion);
        return true;
    case 's':
        convert_text(writer, conversion);
        return true;
    case 'p':
        convert_pointer(writer, conversion);
        return true;
    case '%':
        put(writer, "%", 1);
        return true;
    default:
        return false;
    }
}

/* ---- reading the format ---- */

static uint8_t flag_of(char c)
{
    switch (c) {
    case '-':
        return FLAG_LEFT;
    case '0':
        return FLAG_ZERO;
    case '+':
        return FLAG_PLUS;
    case ' ':
        return FLAG_SPACE;
    case '#':
        return FLAG_ALTERNATE;
    default:
        return 0;
    }
}

/* Reads digits or a * at `at`; returns what follows. Too large a number becomes INT32_MAX. */
static const char *parse_count(struct writer *writer, const char *at, int *count)
{
    if (*at == '*') {
        *count = va_arg(writer->arguments, int);
        return at + 1;
    }
    *count = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        int digit = *at - '0';
        *count = *count > (INT32_MAX - digit) / 10 ? INT32_MAX : *count * 10 + digit;
    }
    return at;
}

static const char *parse_length(const char *at, uint8_t *length)
{
    *length = LENGTH_INT;
    switch (*at) {
    case 'h':
        *length = at[1] == 'h' ? LENGTH_CHAR : LENGTH_SHORT;
        return at + (at[1] == 'h' ? 2 : 1);
    case 'l':
        *length = at[1] == 'l' ? LENGTH_LONG_LONG : LENGTH_LONG;
        return at + (at[1] == 'l' ? 2 : 1);
    case 'z':
    case 't':
        *length = LENGTH_LONG;
        return at + 1;
    case 'j':
        *length = LENGTH_LONG_LONG;
        return at + 1;
    default:
        return at;
    }
}

/* Reads what follows a %; returns where the specifier is, which may be the end of the format. */
static const char *parse_conversion(struct writer *writer, const char *at,
                                    struct conversion *conversion)
{
    *conversion = (struct conversion){.precision = PRECISION_NONE};
    for (; flag_of(*at) != 0; at++)
        conversion->flags |= flag_of(*at);
    at = parse_count(writer, at, &conversion->width);
    if (conversion->width < 0) {
        conversion->flags |= FLAG_LEFT;
        conversion->width = conversion->width == INT32_MIN ? INT32_MAX : -conversion->width;
    }
    if (*at == '.') {
        at = parse_count(writer, at + 1, &conversion->precision);
        if (conversion->precision < 0)
            conversion->precision = PRECISION_NONE;
    }
    at = parse_length(at, &conversion->length);
    conversion->specifier = *at;
    return at;
}

/* ---- public functions ---- */

size_t format_to(struct format_sink *sink, const char *format, va_list arguments)
{
    struct writer writer = {.sink = sink};
    va_copy(writer.arguments, arguments);
    while (*format != 0) {
        const char *start = format;
        while (*format != 0 && *format != '%')
            format++;
        put(&writer, start, (size_t)(format - start));
        if (*format == 0)
            break;

        struct conversion conversion;
        start = format;
        format = parse_conversion(&writer, format + 1, &conversion);
        if (*format != 0)
            format++;
        if (!convert(&writer, &conversion))
            put(&writer, start, (size_t)(format - start));
    }
    va_end(writer.arguments);
    return writer.count;
}

struct buffer_sink {
    struct format_sink sink;
    char *next;
    size_t room_bytes;
};

static void buffer_put(struct format_sink *sink, const char *text, size_t length)
{
    struct buffer_sink *buffer = CONTAINER_OF(sink, struct buffer_sink, sink);
    if (length > buffer->room_bytes)
        length = buffer->room_bytes;
    memcpy(buffer->next, text, length);
    buffer->next += length;
    buffer->room_bytes -= length;
}

static void nothing_put(struct format_sink *sink UNUSED, const char *text UNUSED,
                        size_t length UNUSED)
{
}

size_t format_text_list(char *buffer, size_t size_bytes, const char *format, va_list arguments)
{
    if (size_bytes == 0) {
        struct format_sink nothing = {.put = nothing_put};
        return format_to(&nothing, format, arguments);
    }
    struct buffer_sink into = {
        .sink = {.put = buffer_put}, .next = buffer, .room_bytes = size_bytes - 1};
    size_t length = format_to(&into.sink, format, arguments);
    *into.next = 0;
    return length;
}

size_t format_text(char *buffer, size_t size_bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_text_list(buffer, size_bytes, format, arguments);
    va_end(arguments);
    return length;
}
