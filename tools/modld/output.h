/*
 * The output, made under another name beside its place: after a failure there is what was there
 * before, and nobody ever sees half a file.
 */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"

/* A new empty file where a rename cannot fail for want of room: its path, or NULL: reported. */
char *output_open(const char *output);
/* Gives the finished file the access rights of any new file, and its name. False: reported. */
MUST_CHECK bool output_commit(const char *path, const char *output);
/* Removes what was not finished. */
void output_discard(const char *path);
