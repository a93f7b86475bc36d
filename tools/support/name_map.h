/* A map from names to anything. Borrows names and values; nothing is ever taken out. */
#pragma once

#include "lib/table.h"

struct name_map {
    struct table table;
};

void name_map_init(struct name_map *map);

/* The value of this name, or NULL. */
void *name_map_get(const struct name_map *map, const char *name);
/* Gives the name a value in place of the one it may have. */
void name_map_put(struct name_map *map, const char *name, void *value);
