/* Where the libraries of -lNAME are. */
#pragma once

#include "tools/modld/options.h"

/*
 * The path of libNAME.a in the first folder that has it: those of -L in their order, then `lib` beside
 * the folder that modld itself is in, as the kit is laid out. NULL: reported.
 */
const char *library_find(const struct options *options, const char *name);
