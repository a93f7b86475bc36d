/*
 * snprintf and vsnprintf under the names that extensions know (include/mortise/kernel.h). Only in
 * the kernel: host programs have those of their C library.
 */
#include <mortise/kernel.h>

#include "lib/format.h"

int vsnprintf(char *buffer, size_t size_bytes, const char *format, va_list arguments)
{
    size_t length = format_text_list(buffer, size_bytes, format, arguments);
    return length > INT32_MAX ? INT32_MAX : (int)length;
}

int snprintf(char *buffer, size_t size_bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, size_bytes, format, arguments);
    va_end(arguments);
    return length;
}
