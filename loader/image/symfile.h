/*
 * Reads import and export files, in the AIX grammar: one symbol a line.
 *
 *   * comment            a line whose first character that is not a blank is *
 *   #!/unix              what follows comes from the kernel's global name space
 *   #! path/file(member) what follows comes from that file (member optional)
 *   #!                   what follows comes from no file in particular
 *   # 32, # 64           what follows applies to that mode only; # no32, # no64: to the other only
 *   name [keyword]       keyword: syscall syscall32 syscall64 syscall3264 or svc...
 *
 * The same file serves for both: an export file's #! lines are ignored by its reader.
 * A last line without a newline counts. (AIX reference, section 3.1.) Pure: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mortise/modfile.h>

#include "lib/compiler.h"
#include "lib/span.h"

#define SYMFILE_NAME_MAX 512

struct symfile {
    struct span text;
    uint64_t next;   /* offset of the next line */
    unsigned line;   /* number of the line last read, from 1 */
    bool applies_32; /* of the following symbols */
    bool applies_64;
    char file
        [SYMFILE_NAME_MAX]; /* of the last #! line, "" for none: "/unix", "path", "path(member)" */
};

struct symfile_entry {
    char name[SYMFILE_NAME_MAX];
    enum mod_class mclass;
    unsigned line;
};

enum symfile_result { SYMFILE_ENTRY, SYMFILE_END, SYMFILE_ERROR };

void symfile_open(struct span text, struct symfile *symfile);

/*
 * Reads up to the next symbol. SYMFILE_ERROR: *why is a sentence about line symfile->line; reading
 * may go on with the next line.
 */
MUST_CHECK enum symfile_result symfile_next(struct symfile *symfile, struct symfile_entry *entry,
                                            const char **why);
