/*
 * The initrd: a ustar archive as a read-only tree. Built once during boot; afterwards nothing changes,
 * so nothing here needs a lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/compiler.h"
#include "lib/span.h"

struct initrd_node; /* a file or directory; lives for ever */

/*
 * Builds the tree from `archive`, which must stay as it is for ever. What cannot be used is left out
 * and reported with log_write, naming the archive, the offset and the reason; the rest stays usable.
 * An empty span gives an empty root directory.
 */
void initrd_init(struct span archive);

/*
 * The node at `path`, or NULL. Paths start with "/"; empty parts and "." are skipped, ".." goes up
 * and stays at the root. Symbolic and hard links in the archive are not followed.
 */
const struct initrd_node *initrd_find(const char *path);

const char *
initrd_name(const struct initrd_node *node); /* last part of its path; "" for the root */
bool initrd_is_directory(const struct initrd_node *node);
struct span initrd_contents(const struct initrd_node *node); /* empty for a directory */

/* The children of a directory in the order of their names; NULL after the last. */
const struct initrd_node *initrd_first_child(const struct initrd_node *directory);
const struct initrd_node *initrd_next_sibling(const struct initrd_node *node);
