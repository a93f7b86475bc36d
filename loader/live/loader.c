/* Requests to the loader: set-up, load, unload, query. Listings are in listing.c. */
#include "loader/live/loader.h"

#include "lib/assert.h"
#include "lib/format.h"
#include "loader/host.h"
#include "loader/live/load.h"
#include "loader/live/state.h"

/* The kernel's record and its definitions are made once and never given back. */
static struct extension *make_kernel(const struct kernel_export *exports, size_t count)
{
    struct extension *kernel = host_allocate(sizeof(*kernel) + count * sizeof(struct definition));
    if (kernel == NULL)
        return NULL;
    *kernel = (struct extension){
        .owner = {.name = "unix", .is_visible = true},
        .path = MOD_FILE_KERNEL,
        .member = "",
        .definitions = (struct definition *)(kernel + 1),
        .definition_count = (uint32_t)count,
    };
    for (size_t i = 0; i < count; i++)
        kernel->definitions[i] = (struct definition){
            .name = exports[i].name,
            .address = exports[i].address,
            .owner = &kernel->owner,
            .mclass = exports[i].mclass,
        };
    return kernel;
}

enum status loader_init(const struct kernel_export *exports, size_t count,
                        struct diagnosis *diagnosis)
{
    diagnosis_init(diagnosis);
    diagnosis_set_file(diagnosis, MOD_FILE_KERNEL);
    state_init();
    loader.kernel = make_kernel(exports, count);
    if (loader.kernel == NULL || !name_space_reserve(&loader.names, &loader.kernel->owner, count))
        return diagnose(diagnosis, STATUS_NO_MEMORY, "%zu exports of the kernel", count);
    for (size_t i = 0; i < count; i++) {
        struct definition *definition = &loader.kernel->definitions[i];
        if (name_space_find(&loader.names, definition->name, exports[i].hash) != NULL)
            return diagnose(diagnosis, STATUS_SYMBOL_DUPLICATE, "%.128s", definition->name);
        name_space_add(&loader.names, definition, exports[i].hash);
    }
    return STATUS_OK;
}

/* Takes the lock; BUSY when this thread has it already. */
static enum status enter(struct diagnosis *diagnosis)
{
    if (host_lock_is_mine())
        return diagnose(diagnosis, STATUS_BUSY, "called from _load or _unload");
    host_lock();
    return STATUS_OK;
}

/* One more request for an extension that is loaded under this name. */
static enum status load_again(struct extension *extension, uint32_t *kmid,
                              struct diagnosis *diagnosis)
{
    if (extension->load_count == UINT32_MAX)
        return diagnose(diagnosis, STATUS_COUNT_LIMIT, "%u", extension->load_count);
    extension->load_count++;
    *kmid = extension->kmid;
    return STATUS_OK;
}

static enum status load_new(const char *path, uint32_t *kmid, struct diagnosis *diagnosis)
{
    struct load load = {.path = path, .diagnosis = diagnosis};
    enum status status = state_reserve() ? steps_run(&load)
                                         : diagnose(diagnosis, STATUS_NO_MEMORY, "an index entry");
    state_trim();
    if (status == STATUS_OK)
        *kmid = load.extension->kmid;
    return status;
}

enum status loader_load(const char *path, unsigned flags, uint32_t *kmid,
                        struct diagnosis *diagnosis)
{
    diagnosis_init(diagnosis);
    diagnosis_set_file(diagnosis, path);
    enum status status = enter(diagnosis);
    if (status != STATUS_OK)
        return status;
    struct extension *present = (flags & LOADER_SINGLE) != 0 ? state_find_path(path) : NULL;
    status =
        present != NULL ? load_again(present, kmid, diagnosis) : load_new(path, kmid, diagnosis);
    host_unlock();
    return status;
}

static bool is_wanted(const struct extension *extension)
{
    return extension->load_count != 0 || extension->use_count != 0;
}

/* Unloads an extension that nobody wants. On refusal it stays as it was. */
static enum status unload(struct extension *extension, struct diagnosis *diagnosis)
{
    extension->owner.is_visible = false;
    enum status status = extension_stop(extension, diagnosis);
    if (status != STATUS_OK) {
        extension->owner.is_visible = true;
        return status;
    }
    struct load load = {.path = extension->path, .extension = extension, .is_stopped = true};
    steps_undo_all(&load);
    state_trim();
    return STATUS_OK;
}

/*
 * Unloads whatever nobody wants any more. Unloading one can free others, so it goes round until nothing
 * changes. One whose _unload refuses stays until the next sweep.
 */
static void sweep(void)
{
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        list_for_each_safe (link, &loader.extensions) {
            struct extension *extension = LIST_ENTRY(link, struct extension, link);
            struct diagnosis ignored;
            diagnosis_init(&ignored);
            if (!is_wanted(extension) && unload(extension, &ignored) == STATUS_OK)
                has_changed = true;
        }
    }
}

static enum status unload_request(uint32_t kmid, struct loader_unload_result *result,
                                  struct diagnosis *diagnosis)
{
    struct extension *extension = state_find_kmid(kmid);
    if (kmid == 0)
        return diagnose(diagnosis, STATUS_KMID_KERNEL, "it is /unix");
    if (extension == NULL)
        return diagnose(diagnosis, STATUS_KMID_UNKNOWN, "%s", "");
    uint32_t load_count = extension->load_count;
    if (load_count != 0)
        extension->load_count--;
    if (!is_wanted(extension)) {
        enum status status = unload(extension, diagnosis);
        if (status != STATUS_OK) {
            extension->load_count = load_count;
            return status;
        }
        *result = (struct loader_unload_result){.is_gone = true};
        sweep();
        return STATUS_OK;
    }
    *result = (struct loader_unload_result){
        .load_count = extension->load_count,
        .use_count = extension->use_count,
    };
    return STATUS_OK;
}

enum status loader_unload(uint32_t kmid, struct loader_unload_result *result,
                          struct diagnosis *diagnosis)
{
    diagnosis_init(diagnosis);
    format_text(diagnosis->file, sizeof(diagnosis->file), "kmid %u", kmid);
    enum status status = enter(diagnosis);
    if (status != STATUS_OK)
        return status;
    status = unload_request(kmid, result, diagnosis);
    host_unlock();
    return status;
}

uint32_t loader_query(const char *path)
{
    host_lock();
    const struct extension *extension = state_find_path(path);
    uint32_t kmid = extension != NULL ? extension->kmid : 0;
    host_unlock();
    return kmid;
}
