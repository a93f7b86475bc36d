/* How every dialect's commands show what the loader has to say. */
#pragma once

#include "lib/compiler.h"
#include "loader/diagnosis.h"

/*
 * Prints a failed request as `command: what: why`, with the diagnosis's notes and advice on lines of
 * their own beneath, and gives the notes back. Returns 1, the command's result.
 */
MUST_CHECK int report_failure(const char *command, struct diagnosis *diagnosis);
