/*
 * Which members of archives are linked in: those that define a symbol which an object needs and no
 * object defines, or which is exported or the entry point; then what these need, and so on.
 *
 * As with AIX's linker, the order of objects and archives does not matter, but of two members that
 * define one symbol the first is taken.
 */
#pragma once

#include "lib/compiler.h"
#include "tools/modld/inputs.h"
#include "tools/support/symbol_list.h"

/*
 * Marks the chosen inputs as linked. A member that is wanted for a symbol which also comes from a
 * dependent, or by an import file from another file than the kernel, is reported.
 */
void selection_make(const struct options *options, const struct symbol_list *exports,
                    const struct symbol_list *imports, struct inputs *inputs);

/* Writes the linked inputs to files, in the order ld is to have them. False when it is reported. */
MUST_CHECK bool selection_write(const struct inputs *inputs, struct texts *files);
