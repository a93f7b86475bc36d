/* The loader's state and its indexes; see the header. */
#include "loader/live/state.h"

#include "lib/assert.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "loader/host.h"

struct loader loader;

static void *table_allocate(size_t size_bytes)
{
    return host_allocate(size_bytes);
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
    table_init(&loader.by_path, &table_memory);
    list_init(&loader.extensions);
}

void state_add(struct extension *extension)
{
    ASSERT(host_lock_is_mine());
    extension->kmid = loader.next_kmid++;
    list_add_last(&loader.extensions, &extension->link);
    table_add(&loader.by_kmid, &extension->by_kmid, extension->kmid);
    table_add(&loader.by_path, &extension->by_path, hash_name(extension->path));
    loader.extension_count++;
}

void state_remove(struct extension *extension)
{
    ASSERT(host_lock_is_mine());
    list_remove(&extension->link);
    table_remove(&loader.by_kmid, &extension->by_kmid);
    table_remove(&loader.by_path, &extension->by_path);
    extension->kmid = 0;
    loader.extension_count--;
}

bool state_reserve(void)
{
    return table_reserve(&loader.by_kmid, 1) && table_reserve(&loader.by_path, 1);
}

void state_trim(void)
{
    table_trim(&loader.by_kmid);
    table_trim(&loader.by_path);
}

struct extension *state_find_kmid(uint32_t kmid)
{
    struct table_link *link = table_find(&loader.by_kmid, kmid);
    return link == NULL ? NULL : CONTAINER_OF(link, struct extension, by_kmid);
}

struct extension *state_find_path(const char *path)
{
    struct table_link *link = table_find(&loader.by_path, hash_name(path));
    for (; link != NULL; link = table_find_older(link)) {
        struct extension *extension = CONTAINER_OF(link, struct extension, by_path);
        if (strcmp(extension->path, path) == 0)
            return extension;
    }
    return NULL;
}
