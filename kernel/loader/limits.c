/*
 * Self-tests of counts at their limit (AIX reference, section 7). Four thousand million requests
 * cannot be made in a test, so the count is set to the limit behind the loader's back and set back
 * afterwards; what is tested is the loader that runs, with extensions of the image. There is nothing
 * else here.
 */
#include <mortise/kernel.h>

#include "kernel/selftest/selftest.h"
#include "loader/live/load.h"
#include "loader/live/loader.h"
#include "loader/live/notes.h"
#include "loader/live/state.h" /* private to the loader, but for this */

#define PROVIDER "/usr/lib/ext/fmt.a"
#define USER     "/usr/lib/ext/fortune.a" /* binds names of the provider's */

static enum status load(const char *path, unsigned flags, uint32_t *kmid)
{
    const struct loader_request request = {.path = path, .flags = flags};
    struct diagnosis diagnosis;
    enum status status = loader_load(&request, kmid, &diagnosis);
    diagnosis_release(&diagnosis);
    return status;
}

/* A load that must work; without the files of the image there is nothing to test with. */
static bool is_loaded(const char *path, uint32_t *kmid)
{
    enum status status = load(path, 0, kmid);
    CHECK(status == STATUS_OK);
    return status == STATUS_OK;
}

static void unload(uint32_t kmid)
{
    struct loader_unload_result result;
    struct diagnosis diagnosis;
    CHECK(loader_unload(kmid, &result, &diagnosis) == STATUS_OK);
    diagnosis_release(&diagnosis);
    CHECK(result.is_gone);
}

/* A load that must fail, and change nothing. */
static void check_refused(const char *path, unsigned flags, enum status status)
{
    struct loader_state before, after;
    uint32_t kmid;
    loader_get_state(&before);
    CHECK(load(path, flags, &kmid) == status);
    loader_get_state(&after);
    CHECK(after.digest == before.digest);
    CHECK(after.instances == before.instances);
    CHECK(after.heap_bytes == before.heap_bytes);
    CHECK(after.pages == before.pages);
}

/* Both counts of an extension that is there. */
static void set_counts(uint32_t kmid, uint32_t load_count, uint32_t use_count)
{
    bool was_mine = state_look_begin();
    struct extension *extension = state_find_kmid(kmid);
    extension->load_count = load_count;
    extension->use_count = use_count;
    state_look_end(was_mine);
}

static uint32_t exchange_next_kmid(uint32_t kmid)
{
    bool was_mine = state_look_begin();
    uint32_t old = loader.next_kmid;
    loader.next_kmid = kmid;
    state_look_end(was_mine);
    return old;
}

SELFTEST(loader, a_load_count_at_its_limit_refuses_one_more_request)
{
    uint32_t kmid, again;
    if (!is_loaded(PROVIDER, &kmid))
        return;
    set_counts(kmid, UINT32_MAX, 0);
    check_refused(PROVIDER, LOADER_SINGLE, STATUS_COUNT_LIMIT);
    set_counts(kmid, UINT32_MAX - 1, 0);
    CHECK(load(PROVIDER, LOADER_SINGLE, &again) == STATUS_OK);
    CHECK(again == kmid);
    check_refused(PROVIDER, LOADER_SINGLE, STATUS_COUNT_LIMIT);
    set_counts(kmid, 1, 0);
    unload(kmid);
}

SELFTEST(loader, a_use_count_at_its_limit_refuses_one_more_user)
{
    uint32_t kmid, user;
    if (!is_loaded(PROVIDER, &kmid))
        return;
    set_counts(kmid, 1, UINT32_MAX);
    check_refused(USER, 0, STATUS_COUNT_LIMIT);
    set_counts(kmid, 1, UINT32_MAX - 1);
    if (!is_loaded(USER, &user))
        return;
    check_refused(USER, 0, STATUS_COUNT_LIMIT);
    set_counts(kmid, 1, 1);
    unload(user);
    unload(kmid);
}

SELFTEST(loader, kmids_run_out_instead_of_being_used_again)
{
    uint32_t kmid;
    uint32_t old = exchange_next_kmid(UINT32_MAX - LOAD_DEPENDENTS_MAX);
    check_refused(PROVIDER, 0, STATUS_COUNT_LIMIT);
    /* One that is left for each object that a load may have. */
    exchange_next_kmid(UINT32_MAX - LOAD_DEPENDENTS_MAX - 1);
    if (!is_loaded(PROVIDER, &kmid))
        return;
    CHECK(kmid == UINT32_MAX - LOAD_DEPENDENTS_MAX - 1);
    check_refused(PROVIDER, 0, STATUS_COUNT_LIMIT);
    unload(kmid);
    exchange_next_kmid(old);
}
