/* Running the programs of binutils that do the well-known part of the work. */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "tools/modld/options.h"

struct program {
    const char *noun;     /* what messages call it: "linker" */
    const char *name;     /* its name behind the prefix of a toolchain: "ld" */
    const char *variable; /* the environment variable that may name it: "LD" */
    const char *option;   /* the option that may: "--ld" */
    const char *chosen;   /* what that option said, or NULL */
    const char *output;   /* a file for what it writes to standard output; NULL: ours */
};

/* Runs it to its end. False when it cannot be run or fails; it is reported. */
MUST_CHECK bool program_run(const struct program *program, const struct texts *arguments);
