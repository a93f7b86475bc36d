/* Where the parts of an object would stand in memory, as lines for a person or a program. */
#pragma once

#include "loader/image/placement.h"
#include "loader/image/symbols.h"
#include "tools/modplan/options.h"

/*
 * Adds lines to `lines`, each in memory of its own: "section INDEX ADDRESS SIZE NAME" for every section
 * that gets memory, then "symbol ADDRESS NAME" for every global symbol defined here; numbers but the
 * index are hexadecimal.
 */
void map_make(const struct image *image, const struct placement *placement,
              const struct symbols *symbols, uint64_t base, struct given *lines);
