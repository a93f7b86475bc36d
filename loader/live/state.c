/* The loader's state and its indexes; see the header. */
#include "loader/live/state.h"

#include "lib/assert.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/fault.h"

struct loader loader;

static void *table_allocate(size_t size_bytes)
{
    return fault_allocate(size_bytes);
}

static void table_release(void *memory, size_t size_bytes UNUSED)
{
    host_release(memory);
}

static const struct table_memory table_memory = {table_allocate, table_release};

void state_init(void)
{
    loader = (struct loader){.next_kmid = 1};
    name_space_init(&loader.names, &table_memory);
    table_init(&loader.by_kmid, &table_memory);
    stacks_init(&loader.by_path, &table_memory);
    list_init(&loader.extensions);
    list_init(&loader.unwanted);
}

bool state_reserve(struct extension *extension)
{
    if (!table_reserve(&loader.by_kmid, loader.promised + 1) ||
        !stacks_reserve(&loader.by_path, loader.promised + 1))
        return false;
    loader.promised++;
    extension->has_promise = true;
    return true;
}

void state_unreserve(struct extension *extension)
{
    loader.promised -= extension->has_promise ? 1 : 0;
    extension->has_promise = false;
}

static struct extension *of_path(const struct stack_link *link)
{
    return link == NULL ? NULL : CONTAINER_OF(link, struct extension, by_path);
}

static bool is_same_path(const struct stack_link *present, const struct stack_link *link)
{
    return strcmp(of_path(present)->path, of_path(link)->path) == 0;
}

/* The instances of one path are a stack: however many there are, the next one costs the same. */
static void add_path(struct extension *extension)
{
    uint32_t hash = hash_name(extension->path);
    stacks_push(&loader.by_path,
                stacks_place(&loader.by_path, &extension->by_path, hash, is_same_path),
                &extension->by_path, hash);
}

void state_add(struct extension *extension)
{
    ASSERT(host_lock_is_mine() && extension->has_promise);
    state_unreserve(extension);
    list_add_last(&loader.extensions, &extension->link);
    table_add(&loader.by_kmid, &extension->by_kmid, loader.next_kmid++);
    if (extension_is_primary(extension))
        add_path(extension);
    loader.extension_count++;
}

void state_remove(struct extension *extension)
{
    ASSERT(host_lock_is_mine());
    list_remove(&extension->link);
    table_remove(&loader.by_kmid, &extension->by_kmid);
    if (extension_is_primary(extension))
        stacks_remove(&loader.by_path, &extension->by_path);
    extension->by_kmid.hash = 0;
    loader.extension_count--;
}

void state_trim(void)
{
    if (loader.promised != 0)
        return; /* what is reserved is not known to the tables; the request that ends last trims */
    table_trim(&loader.by_kmid);
    stacks_trim(&loader.by_path);
}

struct extension *state_find_kmid(uint32_t kmid)
{
    struct table_link *link = table_find(&loader.by_kmid, kmid);
    return link == NULL ? NULL : CONTAINER_OF(link, struct extension, by_kmid);
}

struct extension *state_find_path(const char *path)
{
    struct stack_link *link = stacks_find(&loader.by_path, hash_name(path));
    while (link != NULL && strcmp(of_path(link)->path, path) != 0)
        link = stacks_find_other(link);
    while (link != NULL && !of_path(link)->owner.is_visible)
        link = link->older;
    return of_path(link);
}

bool state_look_begin(void)
{
    bool was_mine = host_lock_is_mine();
    if (!was_mine)
        host_lock();
    return was_mine;
}

void state_look_end(bool was_mine)
{
    if (!was_mine)
        host_unlock();
}
