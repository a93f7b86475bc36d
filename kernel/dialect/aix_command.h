/* What the commands of the AIX dialect share: how they read arguments and write names. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "loader/live/loader.h"

/*
 * Reads the options of a load and the path behind them into *request, which was {0}. False when they
 * are wrong; then the usage is to be shown.
 */
MUST_CHECK bool aix_read_request(int argument_count, char **arguments,
                                 struct loader_request *request);

/* Reads a kmid: 0, or prints why `command` cannot go on and returns its result. */
MUST_CHECK int aix_read_kmid(const char *command, const char *text, uint32_t *kmid);

/* Prints "path" or "path(member)". */
void aix_print_file(const char *path, const char *member);
