/* Adding the .mod.* sections to a linked object. */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "loader/image/image.h"
#include "tools/modld/bind.h"

/*
 * The bytes of `image` with sections for `bindings` behind its own. Nothing that is there moves:
 * sections and symbols keep their numbers. False when the object has too many sections or is too
 * large for its class; it is reported, as about `path`.
 */
MUST_CHECK bool writer_make(const struct image *image, const struct bindings *bindings,
                            const char *path, struct span *file);
