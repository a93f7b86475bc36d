/* Whole files. Failures are reported (report.h) with the file's name and the system's reason. */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "lib/span.h"

/* The contents of the file, which stay for as long as the program runs. */
MUST_CHECK bool file_read(const char *path, struct span *contents);
/* Makes `contents` all that is in the file. */
MUST_CHECK bool file_write(const char *path, struct span contents);
