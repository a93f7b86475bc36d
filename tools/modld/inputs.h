/*
 * The objects given to modld, read before they are linked: to choose the link mode, to refuse what
 * cannot become an extension with the name of the file at fault, and to say later which object a
 * symbol stands in.
 */
#pragma once

#include <stdbool.h>

#include "loader/image/image.h"
#include "tools/modld/options.h"

struct input {
    const char *path;
    bool has_image; /* false for archives and for objects with COMMON symbols, which ld mends */
    struct image image;
};

struct inputs {
    struct input *items;
    size_t count;
    const struct machine *machine; /* of all of them */
};

/* Reads and checks them; moves import files among the inputs to options->imports. Reports mistakes. */
void inputs_read(struct options *options, struct inputs *inputs);

/* The path of the first input with a symbol of this name and kind, or NULL. */
const char *inputs_find_reference(const struct inputs *inputs, const char *name);
const char *inputs_find_static(const struct inputs *inputs, const char *name);
