/*
 * 64-bit division, which compilers leave to functions of these names on i386. Everything comes down
 * to DIV, which divides 64 bits by 32 when the quotient has 32. A division by zero faults, as it does
 * in 32 bits.
 *
 * Nothing here may divide 64-bit numbers in C: that would call these functions.
 */
#include <stddef.h>
#include <stdint.h>

uint64_t __udivmoddi4(uint64_t number, uint64_t divisor, uint64_t *rest);
uint64_t __udivdi3(uint64_t number, uint64_t divisor);
uint64_t __umoddi3(uint64_t number, uint64_t divisor);
int64_t __divmoddi4(int64_t number, int64_t divisor, int64_t *rest);
int64_t __divdi3(int64_t number, int64_t divisor);
int64_t __moddi3(int64_t number, int64_t divisor);

static uint32_t high_half(uint64_t number)
{
    return (uint32_t)(number >> 32);
}

/* The upper half of `number` is less than `divisor`, or the quotient does not fit and this faults. */
static uint32_t divide_word(uint64_t number, uint32_t divisor, uint32_t *rest)
{
    uint32_t quotient;
    __asm__("divl %4"
            : "=a"(quotient), "=d"(*rest)
            : "a"((uint32_t)number), "d"(high_half(number)), "rm"(divisor)
            : "cc");
    return quotient;
}

/* Long division with digits of 32 bits. */
static uint64_t divide_by_word(uint64_t number, uint32_t divisor, uint64_t *rest)
{
    uint32_t rest_word;
    uint32_t high = divide_word(high_half(number), divisor, &rest_word);
    uint32_t low = divide_word((uint64_t)rest_word << 32 | (uint32_t)number, divisor, &rest_word);
    *rest = rest_word;
    return (uint64_t)high << 32 | low;
}

/*
 * The divisor has more than 32 bits. Without the bits behind its first 32, and without as many of the
 * number, the quotient comes out right or too large, by 2 at most: start below and count up.
 */
static uint64_t divide_by_long(uint64_t number, uint64_t divisor, uint64_t *rest)
{
    unsigned shift = 32 - (unsigned)__builtin_clz(high_half(divisor));
    uint32_t rest_word;
    uint32_t estimate = divide_word(number >> shift, (uint32_t)(divisor >> shift), &rest_word);
    uint64_t quotient = estimate < 2 ? 0 : estimate - 2;
    *rest = number - quotient * divisor;
    while (*rest >= divisor) {
        *rest -= divisor;
        quotient++;
    }
    return quotient;
}

uint64_t __udivmoddi4(uint64_t number, uint64_t divisor, uint64_t *rest)
{
    uint64_t unwanted;
    if (rest == NULL)
        rest = &unwanted;
    return high_half(divisor) == 0 ? divide_by_word(number, (uint32_t)divisor, rest)
                                   : divide_by_long(number, divisor, rest);
}

uint64_t __udivdi3(uint64_t number, uint64_t divisor)
{
    return __udivmoddi4(number, divisor, NULL);
}

uint64_t __umoddi3(uint64_t number, uint64_t divisor)
{
    uint64_t rest;
    (void)__udivmoddi4(number, divisor, &rest);
    return rest;
}

/* Unsigned, since the smallest number has no positive counterpart. */
static uint64_t magnitude(int64_t number)
{
    return number < 0 ? -(uint64_t)number : (uint64_t)number;
}

/* C rounds towards zero, so the rest has the sign of the number. */
int64_t __divmoddi4(int64_t number, int64_t divisor, int64_t *rest)
{
    uint64_t rest_magnitude;
    uint64_t quotient = __udivmoddi4(magnitude(number), magnitude(divisor), &rest_magnitude);
    *rest = (int64_t)(number < 0 ? -rest_magnitude : rest_magnitude);
    return (int64_t)((number < 0) != (divisor < 0) ? -quotient : quotient);
}

int64_t __divdi3(int64_t number, int64_t divisor)
{
    int64_t rest;
    return __divmoddi4(number, divisor, &rest);
}

int64_t __moddi3(int64_t number, int64_t divisor)
{
    int64_t rest;
    (void)__divmoddi4(number, divisor, &rest);
    return rest;
}
