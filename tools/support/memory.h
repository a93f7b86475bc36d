/*
 * Memory of host programs. Running out of it ends the program, so results are never NULL. The
 * programs run for a moment only: what lives as long as they do is not given back.
 */
#pragma once

#include <stddef.h>

#include "lib/compiler.h"

/* Zeroed memory for `count` elements. */
void *memory_get(size_t count, size_t element_size);
/* Grows or shrinks; new bytes are not set. `memory` may be NULL. */
void *memory_resize(void *memory, size_t count, size_t element_size);
/* A new text, printf-like. */
char *memory_text(const char *format, ...) PRINTF_LIKE(1, 2);
