/*
 * What is given to modld, read before it is linked: to choose the link mode, to refuse what cannot
 * become an extension with the name of the file at fault, to tell objects from shared modules, and to
 * say later which object a symbol stands in.
 */
#pragma once

#include <stdbool.h>

#include "loader/image/image.h"
#include "tools/modld/dependents.h"
#include "tools/modld/options.h"

/* A plain object: given alone, or a member of an archive. */
struct input {
    const char *path;   /* what messages call it: "path" or "path(member)" */
    bool is_member;     /* linked in only when it is wanted */
    bool is_linked;     /* always true of one given alone */
    struct span file;   /* its bytes, which ld gets */
    struct image image; /* what they are, COMMON symbols placed */
};

struct inputs {
    struct input **items; /* those given alone come first */
    size_t count;
    const struct machine *machine; /* of all of them: the link mode */
    struct dependents dependents;
};

/*
 * Reads and checks them; moves import files among the inputs to options->imports. Of archives, only
 * the members of the link mode are read. Reports mistakes.
 */
void inputs_read(struct options *options, struct inputs *inputs);

/* The path of the first linked input with a symbol of this name and kind, or NULL. */
const char *inputs_find_reference(const struct inputs *inputs, const char *name);
const char *inputs_find_static(const struct inputs *inputs, const char *name);
