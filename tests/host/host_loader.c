/* The loader under test, with its extensions; see the header. */
#include "tests/host/host_loader.h"

#include <stdio.h>
#include <string.h>

#include "lib/hash.h"
#include "loader/live/notes.h"
#include "tests/host/host_process.h"
#include "tests/host/host_programs.h"
#include "tests/host/support.h"

#define FIXTURES_MAX 32
#define EVENTS_MAX   16384

int loader_choices[LOADER_CHOICES];
int (*loader_question)(int number);
int (*loader_answer)(int command, void *data, int number);
uintptr_t loader_asked_from;

static struct {
    const struct fixture *fixtures;
    struct span objects[FIXTURES_MAX];
    size_t fixture_count;
    int events[EVENTS_MAX];
    size_t event_count;
    struct diagnosis diagnosis;
    char notes[65536];
} test;

void fixtures_compile(const struct fixture *fixtures, size_t count)
{
    assert_true(count <= FIXTURES_MAX);
    test.fixtures = fixtures;
    test.fixture_count = count;
    for (size_t i = 0; i < count; i++) {
        const char *command = fixtures[i].command;
        test.objects[i] =
            scratch_compile(command != NULL ? command : COMPILE_64, "x.o", fixtures[i].source);
    }
}

void fixtures_release(void)
{
    for (size_t i = 0; i < test.fixture_count; i++)
        scratch_free(test.objects[i]);
    test.fixture_count = 0;
}

void loader_record(int event)
{
    assert_true(test.event_count < EVENTS_MAX);
    test.events[test.event_count++] = event;
}

static int choose(int number)
{
    return loader_choices[number];
}

/* Its stub only jumps, so it returns into the extension. */
static int ask(int number)
{
    loader_asked_from = (uintptr_t)__builtin_return_address(0);
    return loader_question(number);
}

static int answer(int command, void *data, int number)
{
    return loader_answer(command, data, number);
}

void loader_start(void)
{
    struct kernel_export exports[] = {
        {.name = "record"},
        {.name = "choose"},
        {.name = "ask"},
        {.name = "answer"},
    };
    const struct kernel_export far_exports[] = {
        {.name = "far_choose", .address = (uintptr_t)choose},
        {.name = "far_choices", .address = (uintptr_t)loader_choices},
    };
    struct kernel_export all[ARRAY_COUNT(exports) + ARRAY_COUNT(far_exports)];
    void (*functions[])(void) = {(void (*)(void))loader_record, (void (*)(void))choose,
                                 (void (*)(void))ask, (void (*)(void))answer};
    host_process_start();
    for (size_t i = 0; i < ARRAY_COUNT(exports); i++)
        exports[i].address = host_process_stub(functions[i]);
    memcpy(all, exports, sizeof(exports));
    memcpy(all + ARRAY_COUNT(exports), far_exports, sizeof(far_exports));
    for (size_t i = 0; i < ARRAY_COUNT(all); i++)
        all[i].hash = hash_name(all[i].name);
    for (size_t i = 0; i < test.fixture_count; i++)
        host_process_add_file(test.fixtures[i].path, test.objects[i].bytes, test.objects[i].size);
    memset(loader_choices, 0, sizeof(loader_choices));
    loader_question = NULL;
    loader_answer = NULL;
    test.event_count = 0;
    diagnosis_init(&test.diagnosis);
    assert_int_equal(loader_init(all, ARRAY_COUNT(all), &test.diagnosis), STATUS_OK);
}

void loader_stop(void)
{
    last_diagnosis_release();
    assert_int_equal(host_open_files(), 0);
    assert_int_equal(host_pages_reopened(), 0);
    host_process_stop();
}

void loader_expect_events(const int *events)
{
    size_t count = 0;
    while (events[count] != 0)
        count++;
    for (size_t i = 0; i < count && i < test.event_count; i++)
        assert_int_equal(test.events[i], events[i]);
    assert_int_equal(test.event_count, count);
}

void loader_forget_events(void)
{
    test.event_count = 0;
}

uint32_t load_by(const struct loader_request *request)
{
    uint32_t kmid = 0;
    last_diagnosis_release();
    if (loader_load(request, &kmid, &test.diagnosis) != STATUS_OK)
        fail_msg("%s: E%d %s", request->path, test.diagnosis.status, test.diagnosis.detail);
    assert_int_not_equal(kmid, 0);
    assert_int_equal(test.diagnosis.status, STATUS_OK);
    return kmid;
}

uint32_t load(const char *path)
{
    return load_by(&(const struct loader_request){.path = path});
}

/* Notes are in the host's memory: they move into the test's, so that states can be compared. */
static void keep_notes(void)
{
    size_t used = 0;
    test.notes[0] = '\0';
    for (const struct diagnosis_note *note = test.diagnosis.notes; note; note = note->next)
        used += (size_t)snprintf(test.notes + used, sizeof(test.notes) - used, "%s\n", note->text);
    assert_true(used < sizeof(test.notes));
    diagnosis_release(&test.diagnosis);
}

void load_refused_by(const struct loader_request *request, enum status status, const char *detail)
{
    struct loader_state before;
    uint32_t kmid = 4711;
    last_diagnosis_release();
    loader_get_state(&before);
    enum status found = loader_load(request, &kmid, &test.diagnosis);
    if (found != status || strstr(test.diagnosis.detail, detail) == NULL)
        fail_msg("%s: E%d, not E%d: %s", request->path, found, status, test.diagnosis.detail);
    assert_int_equal(test.diagnosis.status, status);
    assert_int_equal(kmid, 4711);
    keep_notes();
    assert_int_equal(host_open_files(), 0);
    expect_equal_states(&before);
}

void load_refused(const char *path, enum status status, const char *detail)
{
    load_refused_by(&(const struct loader_request){.path = path}, status, detail);
}

struct loader_unload_result unload(uint32_t kmid)
{
    struct loader_unload_result result = {0};
    last_diagnosis_release();
    if (loader_unload(kmid, &result, &test.diagnosis) != STATUS_OK)
        fail_msg("%u: E%d %s", kmid, test.diagnosis.status, test.diagnosis.detail);
    return result;
}

void unload_gone(uint32_t kmid)
{
    assert_true(unload(kmid).is_gone);
    assert_false(is_loaded(kmid));
}

const struct diagnosis *last_diagnosis(void)
{
    return &test.diagnosis;
}

const char *last_notes(void)
{
    return test.notes;
}

void last_diagnosis_release(void)
{
    diagnosis_release(&test.diagnosis);
}

struct search {
    uint32_t kmid;
    bool is_found;
    struct loader_extension extension;
    const char *name;
    uint64_t address;
};

static void match_extension(const struct loader_extension *extension, void *context)
{
    struct search *search = context;
    if (extension->kmid != search->kmid)
        return;
    search->is_found = true;
    search->extension = *extension;
}

bool is_loaded(uint32_t kmid)
{
    struct search search = {.kmid = kmid};
    loader_visit_extensions(match_extension, &search);
    return search.is_found;
}

struct loader_extension extension_of(uint32_t kmid)
{
    struct search search = {.kmid = kmid};
    loader_visit_extensions(match_extension, &search);
    assert_true(search.is_found);
    return search.extension;
}

static void match_symbol(const struct loader_symbol *symbol, void *context)
{
    struct search *search = context;
    if (strcmp(symbol->name, search->name) != 0 || symbol->is_hidden)
        return;
    assert_false(search->is_found);
    search->is_found = true;
    search->address = symbol->address;
}

uint64_t address_of(const char *name)
{
    struct search search = {.name = name};
    assert_true(loader_visit_symbols(match_symbol, &search));
    return search.address;
}

int call(const char *name)
{
    uint64_t address = address_of(name);
    assert_int_not_equal(address, 0);
    return ((int (*)(void))(uintptr_t)address)();
}

void expect_equal_states(const struct loader_state *before)
{
    struct loader_state after;
    loader_get_state(&after);
    assert_int_equal(after.instances, before->instances);
    assert_int_equal(after.symbols, before->symbols);
    assert_int_equal(after.pages, before->pages);
    assert_int_equal(after.heap_bytes, before->heap_bytes);
    assert_int_equal(after.digest, before->digest);
}
