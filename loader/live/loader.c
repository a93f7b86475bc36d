/* Requests to the loader: set-up, load, unload, query. Listings are in listing.c. */
#include "loader/live/loader.h"

#include "lib/assert.h"
#include "lib/format.h"
#include "lib/status.h"
#include "loader/host.h"
#include "loader/live/fault.h"
#include "loader/live/group.h"
#include "loader/live/describe.h"
#include "loader/live/load.h"
#include "loader/live/plan.h"
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
        .blocks = &blocks_none,
        .functions = &functions_none,
        .definition_count = (uint32_t)count,
    };
    for (size_t i = 0; i < count; i++)
        extension_definitions(kernel)[i] = (struct definition){
            .link = DEFINITION_LINK(exports[i].mclass),
            .name = exports[i].name,
            .address = exports[i].address,
            .owner = &kernel->owner,
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
        struct definition *definition = &extension_definitions(loader.kernel)[i];
        if (name_space_find(&loader.names, definition->name, exports[i].hash) != NULL)
            return diagnose(diagnosis, STATUS_SYMBOL_DUPLICATE, "%.128s", definition->name);
        name_space_add(&loader.names, definition, exports[i].hash);
    }
    return STATUS_OK;
}

#define NESTING_MAX 8 /* requests inside requests: each takes a few hundred bytes of stack */

/* Takes the lock, unless an outer request of this thread has it already. */
static enum status enter(struct diagnosis *diagnosis)
{
    if (!host_lock_is_mine()) {
        host_lock();
        return STATUS_OK;
    }
    if (undertaking_depth() >= NESTING_MAX)
        return diagnose(diagnosis, STATUS_NESTED_TOO_DEEP, "the limit is %d", NESTING_MAX);
    return STATUS_OK;
}

/* Lets go of the lock when no outer request goes on. */
static void leave(void)
{
    if (loader.innermost != NULL)
        return;
    if (loader.is_sweep_due)
        groups_sweep();
    loader.is_sweep_due = false;
    state_trim();
    host_unlock();
}

/*
 * A single load (AIX reference, section 1.2) counts once more what is loaded under the name: then
 * *present is that, else NULL.
 */
static enum status find_present(const struct loader_request *request, struct extension **present,
                                struct diagnosis *diagnosis)
{
    *present = NULL;
    if ((request->flags & LOADER_SINGLE) == 0)
        return STATUS_OK;
    *present = state_find_path(request->path);
    if (*present == NULL && undertaking_loads(request->path))
        return diagnose(diagnosis, STATUS_SELF_REQUEST, "%s", "");
    if (*present != NULL && (*present)->load_count == UINT32_MAX)
        return diagnose(diagnosis, STATUS_COUNT_LIMIT, "%u", (*present)->load_count);
    return STATUS_OK;
}

static enum status load_again(struct extension *extension, uint32_t *kmid,
                              struct diagnosis *diagnosis)
{
    bool is_refused;
    struct journal_entry *entry = journal_prepare(&is_refused);
    if (is_refused)
        return diagnose(diagnosis, STATUS_NO_MEMORY, "a journal entry");
    extension->load_count++;
    journal_note(entry, JOURNAL_COUNTED, extension);
    *kmid = extension_kmid(extension);
    return STATUS_OK;
}

/* Loads a group, or with a plan only tells what would be. On success *primary is its primary. */
static enum status load_group(const struct loader_request *request, struct planning *planning,
                              struct extension **primary, struct diagnosis *diagnosis)
{
    struct load load = {
        .request = request,
        .diagnosis = diagnosis,
        .undertaking = {.path = request->path, .load = &load},
        .group = &load.gathering,
        .planning = planning,
        .nearest_steps = NAME_SPACE_NEAREST_STEPS,
    };
    list_init(&load.members);
    list_init(&load.gathering.members);
    scratch_init(&load.scratch);
    load.primary = member_create(&load, request->path, "", NULL);
    enum status status = load.primary != NULL ? steps_run(&load) : diagnosis->status;
    if (status == STATUS_OK && planning == NULL)
        *primary = load.group->primary;
    scratch_release(&load.scratch);
    return status;
}

static enum status load_new(const struct loader_request *request, uint32_t *kmid,
                            struct diagnosis *diagnosis)
{
    bool is_refused;
    struct extension *primary = NULL;
    struct journal_entry *entry = journal_prepare(&is_refused);
    if (is_refused)
        return diagnose(diagnosis, STATUS_NO_MEMORY, "a journal entry");
    enum status status = load_group(request, NULL, &primary, diagnosis);
    if (status != STATUS_OK) {
        journal_discard(entry);
        return status;
    }
    journal_note(entry, JOURNAL_LOADED, primary);
    *kmid = extension_kmid(primary);
    return STATUS_OK;
}

static enum status load_request(const struct loader_request *request, uint32_t *kmid,
                                struct diagnosis *diagnosis)
{
    struct extension *present;
    enum status status = find_present(request, &present, diagnosis);
    if (status != STATUS_OK)
        return status;
    return present != NULL ? load_again(present, kmid, diagnosis)
                           : load_new(request, kmid, diagnosis);
}

/* The requests that can be made to fail by number are those from outside. */
static bool count_faults(const struct loader_request *request)
{
    bool is_outermost = loader.innermost == NULL;
    if (is_outermost)
        fault_begin(request->fail_at, request->fail_later);
    return is_outermost;
}

enum status loader_load(const struct loader_request *request, uint32_t *kmid,
                        struct diagnosis *diagnosis)
{
    diagnosis_init(diagnosis);
    diagnosis_set_file(diagnosis, request->path);
    enum status status = enter(diagnosis);
    if (status != STATUS_OK)
        return status;
    bool is_counting = count_faults(request);
    status = load_request(request, kmid, diagnosis);
    if (is_counting)
        fault_end();
    leave();
    return status;
}

uint32_t loader_fault_points(void)
{
    return fault_count();
}

static enum status plan_request(const struct loader_request *request, struct planning *planning,
                                struct diagnosis *diagnosis)
{
    struct extension *present, *none;
    enum status status = find_present(request, &present, diagnosis);
    if (status != STATUS_OK)
        return status;
    if (present == NULL)
        return load_group(request, planning, &none, diagnosis);
    struct loader_extension instance = describe_extension(present);
    if (planning->plan->instance != NULL)
        planning->plan->instance(&instance, planning->plan->context);
    return STATUS_OK;
}

static enum status make_plan(const struct loader_request *request, struct planning *planning,
                             struct diagnosis *diagnosis)
{
    enum status status = enter(diagnosis);
    if (status != STATUS_OK)
        return status;
    bool is_counting = count_faults(request);
    status = plan_request(request, planning, diagnosis);
    if (is_counting)
        fault_end();
    leave();
    return status;
}

enum status loader_plan(const struct loader_request *request, const struct loader_plan *plan,
                        struct diagnosis *diagnosis)
{
    struct planning planning = {.plan = plan, .first = diagnosis};
    struct diagnosis current;
    diagnosis_init(diagnosis);
    diagnosis_set_file(diagnosis, request->path);
    current = *diagnosis;
    enum status status = make_plan(request, &planning, &current);
    /* What fails outside of the steps ends the plan, as a load. */
    if (current.status != STATUS_OK)
        plan_refuse(&planning, &current);
    return planning.refusals != 0 ? diagnosis->status : status;
}

/* Notes the request; whether the extension goes is decided by the caller. */
static enum status drop(struct extension *extension, struct diagnosis *diagnosis)
{
    bool is_refused;
    struct journal_entry *entry = journal_prepare(&is_refused);
    if (is_refused)
        return diagnose(diagnosis, STATUS_NO_MEMORY, "a journal entry");
    journal_note(entry, extension->load_count == 0 ? JOURNAL_ASKED : JOURNAL_DROPPED, extension);
    if (extension->load_count == 0)
        return STATUS_OK;
    extension->load_count--;
    group_consider(extension->group);
    return STATUS_OK;
}

static enum status find_for_request(uint32_t kmid, struct extension **extension,
                                    struct diagnosis *diagnosis)
{
    *extension = state_find_kmid(kmid);
    if (kmid == 0)
        return diagnose(diagnosis, STATUS_KMID_KERNEL, "it is /unix");
    if (*extension == NULL)
        return diagnose(diagnosis, STATUS_KMID_UNKNOWN, "%s", "");
    return STATUS_OK;
}

/* Unloads at once when nobody wants it; inside another request that is left to the sweep behind it. */
static enum status unload_dropped(struct extension *extension, uint32_t load_count,
                                  struct loader_unload_result *result, struct diagnosis *diagnosis)
{
    if (group_is_wanted(extension->group) || loader.innermost != NULL) {
        *result = (struct loader_unload_result){
            .load_count = extension->load_count,
            .use_count = extension->use_count,
        };
        return STATUS_OK;
    }
    enum status status = group_unload(extension->group, diagnosis);
    if (status != STATUS_OK) {
        extension->load_count = load_count;
        return status;
    }
    *result = (struct loader_unload_result){.is_gone = true};
    groups_sweep();
    return STATUS_OK;
}

static enum status unload_request(uint32_t kmid, struct loader_unload_result *result,
                                  struct diagnosis *diagnosis)
{
    struct extension *extension;
    enum status status = find_for_request(kmid, &extension, diagnosis);
    if (status != STATUS_OK)
        return status;
    uint32_t load_count = extension->load_count;
    status = drop(extension, diagnosis);
    if (status != STATUS_OK)
        return status;
    return unload_dropped(extension, load_count, result, diagnosis);
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
    leave();
    return status;
}

enum status loader_clean(unsigned *count, struct diagnosis *diagnosis)
{
    diagnosis_init(diagnosis);
    if (host_lock_is_mine())
        return diagnose(diagnosis, STATUS_BUSY, "called from _load or _unload");
    host_lock();
    *count = groups_sweep();
    leave();
    return STATUS_OK;
}

static enum status configure(uint32_t kmid, int command, void *data, struct diagnosis *diagnosis)
{
    struct extension *extension;
    if (kmid == 0)
        return diagnose(diagnosis, STATUS_KERNEL_ENTRY, "it is /unix");
    enum status status = find_for_request(kmid, &extension, diagnosis);
    if (status != STATUS_OK)
        return status;
    if (extension->entry == 0)
        return diagnose(diagnosis, STATUS_NO_ENTRY_POINT, "%s", "");
    struct undertaking undertaking = {.path = NULL};
    undertaking_begin(&undertaking);
    int value = host_call_entry(extension->entry, command, data);
    /* What it asked for stays, whatever it returns: a configuration is no transaction. */
    journal_commit(&undertaking);
    undertaking_end(&undertaking);
    if (value == 0)
        return STATUS_OK;
    (void)diagnose(diagnosis, STATUS_ENTRY_REFUSED, "%d (%s)", value, errno_name(value));
    if (value > 0)
        diagnosis->error = value;
    return STATUS_ENTRY_REFUSED;
}

enum status loader_configure(uint32_t kmid, int command, void *data, struct diagnosis *diagnosis)
{
    diagnosis_init(diagnosis);
    format_text(diagnosis->file, sizeof(diagnosis->file), "kmid %u", kmid);
    enum status status = enter(diagnosis);
    if (status != STATUS_OK)
        return status;
    status = configure(kmid, command, data, diagnosis);
    leave();
    return status;
}

uintptr_t loader_entry(uint32_t kmid)
{
    bool was_mine = state_look_begin();
    const struct extension *extension = state_find_kmid(kmid);
    uintptr_t entry = extension != NULL ? extension->entry : 0;
    state_look_end(was_mine);
    return entry;
}

uint32_t loader_query(const char *path)
{
    bool was_mine = state_look_begin();
    const struct extension *extension = state_find_path(path);
    uint32_t kmid = extension != NULL ? extension_kmid(extension) : 0;
    state_look_end(was_mine);
    return kmid;
}
