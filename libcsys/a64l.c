/* a64l */
#include <sys/libcsys.h>

#define DIGITS_MAX     6
#define BITS_PER_DIGIT 6

/* 0 to 63, or -1. */
static int digit_value(char byte)
{
    if (byte >= '.' && byte <= '9')
        return byte - '.';
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A' + 12;
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 38;
    return -1;
}

long a64l(const char *text)
{
    uint64_t value = 0;
    for (int i = 0; i < DIGITS_MAX && digit_value(text[i]) >= 0; i++)
        value |= (uint64_t)digit_value(text[i]) << (i * BITS_PER_DIGIT);
    return (int32_t)(uint32_t)value;
}
