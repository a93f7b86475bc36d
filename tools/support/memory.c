/* Memory that is there, or else the program ends. */
#include "tools/support/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static NO_RETURN void out_of_memory(void)
{
    fputs("out of memory\n", stderr);
    exit(1);
}

void *memory_get(size_t count, size_t element_size)
{
    void *memory = calloc(count > 0 ? count : 1, element_size);
    if (memory == NULL)
        out_of_memory();
    return memory;
}

void *memory_resize(void *memory, size_t count, size_t element_size)
{
    if (count == 0)
        count = 1;
    if (count > SIZE_MAX / element_size)
        out_of_memory();
    memory = realloc(memory, count * element_size);
    if (memory == NULL)
        out_of_memory();
    return memory;
}

char *memory_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        out_of_memory();

    char *text = memory_get((size_t)length + 1, 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
