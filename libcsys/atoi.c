/* atoi: adds digits downwards, since the least number has no positive counterpart. */
#include <sys/libcsys.h>

#include <stdbool.h>

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static int one_digit_more(int negative, int digit)
{
    return negative < (INT32_MIN + digit) / 10 ? INT32_MIN : negative * 10 - digit;
}

int atoi(const char *text)
{
    while (is_space(*text))
        text++;
    bool is_negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    int value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = one_digit_more(value, *text - '0');
    if (is_negative)
        return value;
    return value == INT32_MIN ? INT32_MAX : -value;
}
