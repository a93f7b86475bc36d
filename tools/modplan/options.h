/* What modplan is asked to do. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

struct given {
    const char **items;
    size_t count;
};

struct options {
    struct given files;
    struct given kernels; /* of -k: import files */
    struct given defines; /* of --define: "NAME=ADDRESS", checked */
    const char *image;    /* of --image, or NULL */
    bool has_base;
    uint64_t base; /* of --base: a multiple of the page size */
    bool has_all_members;
    bool stubs_imports;
    bool has_map;
    bool is_quiet;
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_WRONG };

extern const char options_usage[];

/* Reads the command line. OPTIONS_WRONG has been reported. */
MUST_CHECK enum options_result options_read(int argument_count, char **arguments,
                                            struct options *options);

/* Adds a borrowed text. */
void given_add(struct given *given, const char *item);

/* "NAME=ADDRESS" in its two parts; false when it is not of that form. The name is new memory. */
MUST_CHECK bool options_split_define(const char *text, const char **name, uint64_t *address);
