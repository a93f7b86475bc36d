/*
 * Text: copying, numbers, patterns and how alike two names are. Keeps no state, allocates nothing.
 *
 * text_distance is the "optimal string alignment" distance: no part of a name is edited twice. It
 * keeps three rows of the usual table, because a swap looks back two rows.
 */
#include "lib/text.h"

#include "lib/assert.h"
#include "lib/checked.h"
#include "lib/string.h"

/* One row of the table: cell j is the distance from a beginning of `a` to j characters of `b`. */
struct distance_row {
    uint8_t cell[TEXT_DISTANCE_MAX + 1];
};

bool text_copy(char *to, size_t size_bytes, const char *from)
{
    ASSERT(size_bytes > 0);
    size_t length = strnlen(from, size_bytes);
    bool fits = length < size_bytes;
    if (!fits)
        length = size_bytes - 1;
    memcpy(to, from, length);
    to[length] = 0;
    return fits;
}

/* The value of a digit up to 15; 16, which no base has, for any other character. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

/* Appends the digit `c` to `*number`; false when it is not a digit of `base` or does not fit. */
static bool number_append(uint64_t *number, unsigned base, char c)
{
    unsigned digit = digit_value(c);
    return digit < base && checked_multiply(*number, base, number) &&
           checked_add(*number, digit, number);
}

bool text_to_u64(const char *text, uint64_t *value)
{
    unsigned base = 10;
    if (text_starts_with(text, "0x")) {
        base = 16;
        text += 2;
    }
    if (*text == 0)
        return false;
    uint64_t number = 0;
    for (; *text != 0; text++) {
        if (!number_append(&number, base, *text))
            return false;
    }
    *value = number;
    return true;
}

bool text_field_decimal(const uint8_t *field, size_t length, uint64_t *value)
{
    uint64_t number = 0;
    size_t i = 0;
    for (; i < length && field[i] != ' '; i++) {
        if (!number_append(&number, 10, (char)field[i]))
            return false;
    }
    if (i == 0)
        return false;
    for (; i < length; i++) {
        if (field[i] != ' ')
            return false;
    }
    *value = number;
    return true;
}

/*
 * Only the last * ever has to be tried again: whatever an earlier one could take instead, the last
 * one can take too. So the cost is at most the product of the two lengths.
 */
bool text_matches(const char *pattern, const char *name)
{
    const char *after_star = NULL;
    const char *retry = NULL;
    while (*name != 0) {
        if (*pattern == '*') {
            after_star = ++pattern;
            retry = name;
        } else if (*pattern != 0 && (*pattern == '?' || *pattern == *name)) {
            pattern++;
            name++;
        } else if (after_star != NULL) {
            pattern = after_star;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}

bool text_starts_with(const char *text, const char *prefix)
{
    while (*prefix != 0 && *text == *prefix) {
        text++;
        prefix++;
    }
    return *prefix == 0;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Fills rows[i] from the one or two rows before it; the row of `i` lies at i % 3. */
static void distance_fill_row(struct distance_row rows[3], const char *a, size_t i, const char *b,
                              size_t b_length)
{
    const uint8_t *previous = rows[(i + 2) % 3].cell;
    const uint8_t *before_previous = rows[(i + 1) % 3].cell;
    uint8_t *current = rows[i % 3].cell;

    current[0] = (uint8_t)i;
    for (size_t j = 1; j <= b_length; j++) {
        unsigned replaced = previous[j - 1] + (a[i - 1] != b[j - 1]);
        unsigned best = smaller(replaced, smaller(previous[j], current[j - 1]) + 1u);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            best = smaller(best, before_previous[j - 2] + 1u);
        current[j] = (uint8_t)best;
    }
}

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
    struct distance_row rows[3];
    size_t a_length = strnlen(a, TEXT_DISTANCE_MAX);
    size_t b_length = strnlen(b, TEXT_DISTANCE_MAX);
    size_t difference = a_length > b_length ? a_length - b_length : b_length - a_length;

    if (difference > limit)
        return limit + 1;
    for (size_t j = 0; j <= b_length; j++)
        rows[0].cell[j] = (uint8_t)j;
    for (size_t i = 1; i <= a_length; i++)
        distance_fill_row(rows, a, i, b, b_length);
    unsigned distance = rows[a_length % 3].cell[b_length];
    return distance <= limit ? distance : limit + 1;
}
