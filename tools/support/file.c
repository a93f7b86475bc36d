/* Reading and writing whole files through the C library. */
#include "tools/support/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/support/memory.h"
#include "tools/support/report.h"

#define FIRST_CAPACITY 65536

/* Reads to the end, so that a pipe will do as well as a file. */
static struct span read_stream(FILE *stream)
{
    size_t capacity = FIRST_CAPACITY;
    size_t size = 0;
    char *bytes = memory_get(capacity, 1);
    size_t got;
    while ((got = fread(bytes + size, 1, capacity - size, stream)) > 0) {
        size += got;
        if (size == capacity) {
            capacity *= 2;
            bytes = memory_resize(bytes, capacity, 1);
        }
    }
    return span_make(bytes, size);
}

bool file_read(const char *path, struct span *contents)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        report_error("%s: %s", path, strerror(errno));
        return false;
    }
    errno = 0;
    *contents = read_stream(stream);
    bool is_read = !ferror(stream);
    if (!is_read)
        report_error("%s: cannot be read: %s", path, strerror(errno));
    fclose(stream);
    return is_read;
}

bool file_write(const char *path, struct span contents)
{
    FILE *stream = fopen(path, "wb");
    if (stream == NULL) {
        report_error("%s: cannot be written: %s", path, strerror(errno));
        return false;
    }
    bool is_written = fwrite(contents.bytes, 1, contents.size, stream) == contents.size;
    /* A full disk may be noticed no earlier than here. */
    is_written = fclose(stream) == 0 && is_written;
    if (!is_written)
        report_error("%s: cannot be written: %s", path, strerror(errno));
    return is_written;
}
