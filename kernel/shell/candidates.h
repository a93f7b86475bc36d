/* The names that the shell can complete. */
#pragma once

#include "kernel/shell/completion.h"

/* A completion_source: the commands, or what the initrd has in `directory`. */
void candidates_visit(bool is_command, const char *directory, completion_visit visit,
                      void *context);
