/* What modld is asked to do. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/compiler.h"

/* The longest folder in -blibpath. */
#define OPTIONS_LIBPATH_PART_MAX 255

struct texts {
    const char **items;
    size_t count;
};

struct options {
    const char *output;
    const char *linker;   /* --ld=PROG, or NULL */
    struct texts exports; /* paths of -bE: */
    struct texts imports; /* paths of -bI:, and of inputs that begin with #! */
    struct texts inputs;  /* paths, and the libraries among them as -lNAME */
    struct texts folders; /* of -L */
    const char *entry;    /* of -e, or NULL */
    const char *libpath;  /* of -blibpath:, or NULL; no part of it is empty or too long */
    bool is_shared;       /* -bM:SRE */
    bool records_paths;   /* -bipath: dependents are recorded with the path that was given here */
    bool strips_debug;
    const char *disassembler; /* --objdump=PROG, or NULL */
    bool is_silent;           /* -w: no warnings */
    const char *archive;      /* of --archive, then the output too; NULL when objects are linked */
    const char *archiver;     /* --ar=PROG, or NULL */
    struct texts excuses;     /* names and patterns of --allow-mode-difference */
    bool has_link_option;     /* one that goes with the first form only was given */
    bool has_archive_option;
};

enum options_result { OPTIONS_LINK, OPTIONS_ARCHIVE, OPTIONS_HELP, OPTIONS_WRONG };

extern const char options_usage[];

/* Adds a borrowed text. */
void texts_add(struct texts *texts, const char *item);

/* Reads the command line. OPTIONS_WRONG has been reported. */
MUST_CHECK enum options_result options_read(int argument_count, char **arguments,
                                            struct options *options);
