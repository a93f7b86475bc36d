/* The kernel's own hash table, filled from the C library's heap. */
#include "tools/support/name_map.h"

#include <stdlib.h>
#include <string.h>

#include "lib/assert.h"
#include "lib/hash.h"
#include "tools/support/memory.h"

struct pair {
    struct table_link link; /* first, so that a link is its pair */
    const char *name;
    void *value;
};

static void *allocate(size_t size_bytes)
{
    return memory_get(size_bytes, 1);
}

static void release(void *memory, size_t size_bytes)
{
    (void)size_bytes;
    free(memory);
}

static const struct table_memory heap = {allocate, release};

void name_map_init(struct name_map *map)
{
    table_init(&map->table, &heap);
}

static struct pair *find(const struct name_map *map, const char *name)
{
    struct table_link *link = table_find(&map->table, hash_name(name));
    while (link != NULL && strcmp(((struct pair *)link)->name, name) != 0)
        link = table_find_older(link);
    return (struct pair *)link;
}

void *name_map_get(const struct name_map *map, const char *name)
{
    const struct pair *pair = find(map, name);
    return pair != NULL ? pair->value : NULL;
}

void name_map_put(struct name_map *map, const char *name, void *value)
{
    struct pair *pair = find(map, name);
    if (pair == NULL) {
        /* Running out of memory has ended the program. */
        bool has_room = table_reserve(&map->table, 1);
        ASSERT(has_room);
        pair = memory_get(1, sizeof(*pair));
        pair->name = name;
        table_add(&map->table, &pair->link, hash_name(name));
    }
    pair->value = value;
}
