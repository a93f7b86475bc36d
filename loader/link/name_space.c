/* Name spaces; see the header. */
#include "loader/link/name_space.h"

#include "lib/hash.h"
#include "lib/string.h"
#include "lib/text.h"

static struct definition *definition_of(struct table_link *link)
{
    return CONTAINER_OF(link, struct definition, link);
}

void name_space_init(struct name_space *space, const struct table_memory *memory)
{
    table_init(&space->definitions, memory);
    table_init(&space->privates, memory);
}

static struct table *table_of(struct name_space *space, const struct name_owner *owner)
{
    return owner->is_private ? &space->privates : &space->definitions;
}

/* A private owner's names have hashes of their own: its address, scattered, enters into them. */
static uint32_t hash_of(const struct name_owner *owner, uint32_t hash)
{
    const uint32_t golden = 0x9e3779b1u; /* 2^32 divided by the golden ratio: scatters well */
    const unsigned aligned_bits = 4;
    return owner->is_private ? hash ^ (uint32_t)((uintptr_t)owner >> aligned_bits) * golden : hash;
}

bool name_space_reserve(struct name_space *space, const struct name_owner *owner, size_t count)
{
    return table_reserve(table_of(space, owner), count);
}

void name_space_trim(struct name_space *space)
{
    table_trim(&space->definitions);
    table_trim(&space->privates);
}

void name_space_add(struct name_space *space, struct definition *definition, uint32_t hash)
{
    const struct name_owner *owner = definition->owner;
    table_add(table_of(space, owner), &definition->link, hash_of(owner, hash));
}

static __attribute__((noinline)) bool is_same_definition(const struct table_link *present,
                                                         const struct table_link *link)
{
    const struct definition *a = CONTAINER_OF(present, struct definition, link);
    const struct definition *b = CONTAINER_OF(link, struct definition, link);
    return a->owner == b->owner && strcmp(a->name, b->name) == 0;
}

bool name_space_define(struct name_space *space, struct definition *definition, uint32_t hash)
{
    const struct name_owner *owner = definition->owner;
    return table_add_new(table_of(space, owner), &definition->link, hash_of(owner, hash),
                         is_same_definition);
}

void name_space_remove(struct name_space *space, struct definition *definition)
{
    table_remove(table_of(space, definition->owner), &definition->link);
}

struct definition *name_space_find_own(const struct name_space *space, const char *name,
                                       uint32_t hash, const struct name_owner *owner)
{
    const struct table *table = owner->is_private ? &space->privates : &space->definitions;
    struct table_link *link = table_find(table, hash_of(owner, hash));
    for (; link != NULL; link = table_find_older(link)) {
        struct definition *definition = definition_of(link);
        if (definition->owner == owner && strcmp(definition->name, name) == 0)
            return definition;
    }
    return NULL;
}

/* The best names so far, in order of distance. */
struct nearest {
    const char *name;
    const char **names;
    size_t count;
    size_t limit;
    unsigned distances[8];
};

static bool is_listed(const struct nearest *nearest, const char *name)
{
    for (size_t i = 0; i < nearest->count; i++) {
        if (strcmp(nearest->names[i], name) == 0)
            return true;
    }
    return false;
}

static void insert_nearest(struct nearest *nearest, const char *name, unsigned distance)
{
    size_t place = nearest->count;
    while (place > 0 && nearest->distances[place - 1] > distance)
        place--;
    if (place == nearest->limit || is_listed(nearest, name))
        return;
    if (nearest->count < nearest->limit)
        nearest->count++;
    for (size_t i = nearest->count - 1; i > place; i--) {
        nearest->names[i] = nearest->names[i - 1];
        nearest->distances[i] = nearest->distances[i - 1];
    }
    nearest->names[place] = name;
    nearest->distances[place] = distance;
}

static void visit_nearest(struct table_link *link, void *context)
{
    struct nearest *nearest = context;
    const struct definition *definition = definition_of(link);
    unsigned limit = (unsigned)(strlen(nearest->name) / 3);
    if (!definition->owner->is_visible)
        return;
    unsigned distance = text_distance(nearest->name, definition->name, limit);
    if (distance <= limit)
        insert_nearest(nearest, definition->name, distance);
}

size_t name_space_nearest(const struct name_space *space, const char *name, const char **nearest,
                          size_t count)
{
    struct nearest search = {.name = name, .names = nearest, .limit = count};
    if (search.limit > ARRAY_COUNT(search.distances))
        search.limit = ARRAY_COUNT(search.distances);
    table_visit(&space->definitions, visit_nearest, &search);
    return search.count;
}
