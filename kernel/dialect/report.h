/* How every dialect's commands show what the loader has to say. */
#pragma once

#include "lib/compiler.h"
#include "loader/diagnosis.h"

/* What a dialect adds under the first line of a failure, in words of its own. */
typedef void report_messages(const struct diagnosis *diagnosis);

/*
 * Prints a failed request as `command: what: why`, with the dialect's messages (NULL: none), the
 * diagnosis's notes and advice on lines of their own beneath.
 */
void report_print(const char *command, const struct diagnosis *diagnosis,
                  report_messages *messages);
/* The same, then gives the notes back. Returns 1, the command's result. */
MUST_CHECK int report_failure(const char *command, struct diagnosis *diagnosis,
                              report_messages *messages);
