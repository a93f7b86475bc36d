/* Name spaces; see the header. */
#include "loader/link/name_space.h"

#include "lib/hash.h"
#include "lib/string.h"
#include "lib/text.h"

void name_space_init(struct name_space *space, const struct table_memory *memory)
{
    stacks_init(&space->definitions, memory);
    stacks_init(&space->privates, memory);
}

static struct stacks *stacks_of(struct name_space *space, const struct name_owner *owner)
{
    return owner->is_private ? &space->privates : &space->definitions;
}

/*
 * A private owner's names have hashes of their own: its address, scattered, enters into them. A
 * multiplication scatters upwards, and buckets go by the low bits: the halves are swapped.
 */
static uint32_t hash_of(const struct name_owner *owner, uint32_t hash)
{
    const uint32_t golden = 0x9e3779b1u; /* 2^32 divided by the golden ratio: scatters well */
    const unsigned aligned_bits = 4;
    const uint32_t scattered = (uint32_t)((uintptr_t)owner >> aligned_bits) * golden;
    return owner->is_private ? hash ^ (scattered << 16 | scattered >> 16) : hash;
}

bool name_space_reserve(struct name_space *space, const struct name_owner *owner, size_t count)
{
    return stacks_reserve(stacks_of(space, owner), count);
}

void name_space_trim(struct name_space *space)
{
    stacks_trim(&space->definitions);
    stacks_trim(&space->privates);
}

/* Only names that differ have equal hashes by chance, or one name of two private owners. */
static __attribute__((noinline)) bool is_same_name(const struct stack_link *present,
                                                   const struct stack_link *link)
{
    const struct definition *a = definition_of(present);
    const struct definition *b = definition_of(link);
    return strcmp(a->name, b->name) == 0 && (!b->owner->is_private || a->owner == b->owner);
}

void name_space_add(struct name_space *space, struct definition *definition, uint32_t hash)
{
    struct stacks *stacks = stacks_of(space, definition->owner);
    hash = hash_of(definition->owner, hash);
    stacks_push(stacks, stacks_place(stacks, &definition->link, hash, is_same_name),
                &definition->link, hash);
}

enum status name_space_define(struct name_space *space, struct definition *definition,
                              uint32_t hash)
{
    const struct name_owner *owner = definition->owner;
    struct stacks *stacks = stacks_of(space, owner);
    hash = hash_of(owner, hash);
    struct table_link **place =
        stacks_place_within(stacks, &definition->link, hash, is_same_name, NAME_SPACE_CROWD);
    if (UNLIKELY(place == NULL))
        return STATUS_NAMES_CROWDED;
    if (UNLIKELY(*place != NULL) && definition_of(stacks_element(*place))->owner == owner)
        return STATUS_SYMBOL_DUPLICATE;
    stacks_push(stacks, place, &definition->link, hash);
    return STATUS_OK;
}

void name_space_remove(struct name_space *space, struct definition *definition)
{
    stacks_remove(stacks_of(space, definition->owner), &definition->link);
}

/* Among those of one name; in a load it is the first one, which is the newest. */
static struct definition *find_owners(struct stack_link *link, const struct name_owner *owner)
{
    while (link != NULL && definition_of(link)->owner != owner)
        link = link->older;
    return definition_of(link);
}

struct definition *name_space_find_own(const struct name_space *space, const char *name,
                                       uint32_t hash, const struct name_owner *owner)
{
    const struct stacks *stacks = owner->is_private ? &space->privates : &space->definitions;
    struct stack_link *top = stacks_find(stacks, hash_of(owner, hash));
    struct definition *found = NULL;
    for (; top != NULL && found == NULL; top = stacks_find_other(top)) {
        if (strcmp(definition_of(top)->name, name) == 0)
            found = find_owners(top, owner);
    }
    return found;
}

/* The best names so far, in order of distance. */
struct nearest {
    const char *name;
    const char **names;
    unsigned distances[8];
    size_t count;
    size_t limit;
    size_t length;
    unsigned distance_max;
    uint32_t *steps;
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

/* Whether the steps are left that looking at a name costs, and comparing it when its length is alike. */
static bool take_steps(struct nearest *nearest, const char *name)
{
    size_t length = strnlen(name, TEXT_DISTANCE_MAX);
    bool is_alike = length <= nearest->length + nearest->distance_max &&
                    nearest->length <= length + nearest->distance_max;
    size_t steps = 1 + (is_alike ? length * nearest->length : 0);
    bool is_enough = steps <= *nearest->steps;
    *nearest->steps -= is_enough ? (uint32_t)steps : *nearest->steps;
    return is_enough;
}

static void visit_nearest(struct stack_link *link, void *context)
{
    struct nearest *nearest = context;
    const struct definition *definition = definition_of(link);
    if (!definition->owner->is_visible || !take_steps(nearest, definition->name))
        return;
    unsigned distance = text_distance(nearest->name, definition->name, nearest->distance_max);
    if (distance <= nearest->distance_max)
        insert_nearest(nearest, definition->name, distance);
}

size_t name_space_nearest(const struct name_space *space, const char *name, const char **nearest,
                          size_t count, uint32_t *steps)
{
    const size_t length = strnlen(name, TEXT_DISTANCE_MAX);
    struct nearest search = {
        .name = name,
        .names = nearest,
        .limit = count,
        .length = length,
        .distance_max = (unsigned)(length / 3),
        .steps = steps,
    };
    if (search.limit > ARRAY_COUNT(search.distances))
        search.limit = ARRAY_COUNT(search.distances);
    if (*steps != 0)
        stacks_visit(&space->definitions, visit_nearest, &search);
    return search.count;
}
