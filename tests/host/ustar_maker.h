/* Makes small ustar archives in memory, well-formed or not. For tests of the initrd and its reader. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ustar_maker {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

/* States the checksum of the header that begins at `header`. */
static inline void maker_sign(uint8_t *header)
{
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

static inline uint8_t *maker_grow(struct ustar_maker *maker, size_t size)
{
    if (maker->size + size > maker->capacity) {
        maker->capacity = (maker->size + size) * 2;
        maker->bytes = realloc(maker->bytes, maker->capacity);
    }
    uint8_t *at = maker->bytes + maker->size;
    memset(at, 0, size);
    maker->size += size;
    return at;
}

/* Adds an entry; returns the offset of its header. */
static inline size_t maker_add(struct ustar_maker *maker, const char *name, char type,
                               const char *contents)
{
    size_t offset = maker->size;
    size_t size = strlen(contents);
    uint8_t *header = maker_grow(maker, 512);
    memcpy(header, name, strnlen(name, 100));
    memcpy(header + 100, "0000644", 7);
    snprintf((char *)header + 124, 12, "%011o", (unsigned)size);
    header[156] = (uint8_t)type;
    memcpy(header + 257, "ustar\00000", 8);
    maker_sign(header);
    if (size != 0)
        memcpy(maker_grow(maker, (size + 511) / 512 * 512), contents, size);
    return offset;
}

static inline void maker_end(struct ustar_maker *maker)
{
    maker_grow(maker, 1024);
}

static inline void maker_free(struct ustar_maker *maker)
{
    free(maker->bytes);
    *maker = (struct ustar_maker){0};
}

/* Reads what `command` writes to its output. */
static inline struct ustar_maker maker_run(const char *command)
{
    struct ustar_maker maker = {0};
    FILE *pipe = popen(command, "r");
    uint8_t piece[4096];
    size_t size;
    while (pipe != NULL && (size = fread(piece, 1, sizeof(piece), pipe)) != 0)
        memcpy(maker_grow(&maker, size), piece, size);
    if (pipe == NULL || pclose(pipe) != 0)
        maker_free(&maker);
    return maker;
}
