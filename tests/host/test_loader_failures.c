/*
 * Every fallible request of the loader to its host is made to fail: alone, and with all that follow.
 * However a load ends, a failure leaves the state as it was and owns nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/table.h"
#include "loader/live/notes.h"
#include "tests/host/host_loader.h"
#include "tests/host/host_process.h"
#include "tests/host/host_programs.h"
#include "tests/host/support.h"

/* More exports than the first buckets of a name space hold. */
#define MANY_GLOBALS 300

static char many_globals[MANY_GLOBALS * 32];

/* More sections than the loader's reserve has room for the places of. */
#define MANY_SECTIONS 1200

static char many_sections[MANY_SECTIONS * 32];

static const struct fixture fixtures[] = {
    {"/plain.o",
     "void record(int); const int constant = 1; int data = 2; int get(void) { return data; }\n"
     "int _load(void) { record(1); return 0; } int _unload(void) { record(2); return 0; }",
     NULL},
    {"/second.o", "int get_second(void) { return 2; }", NULL},
    {"/both.o",
     "int get(void); int get_second(void); int use(void) { return get() + get_second(); }", NULL},
    {"/user.o", "int get(void); int use(void) { return get(); }", NULL},
    {"/many.o", many_globals, NULL},
    {"/wide.o", many_sections, "$CC -O2 -m64 -fno-pic -fdata-sections"},
    {"/refusing.o", "int choose(int); int in_refusing; int _load(void) { return choose(0); }",
     NULL},
    {"/open.o",
     "int aaa(void), bbb(void), recordd(int); int f(void) { return aaa() + bbb() + recordd(1); }",
     NULL},
    {"/strange.o", "int _load; int other;", NULL},
    {"/linked.o",
     "int far_choose(int); extern int far_choices[];\n"
     "int in_linked(void) { return far_choose(1) + far_choices[2]; }",
     "$CC -O2 -m64 -fpic"},
    {"/unlinkable.o",
     "int far_choose(int); asm(\"call far_choose@PLT; lea far_choose(%rip), %rax\");",
     "$CC -O2 -m64 -fpic"},
    {"/tiny.o", "", NULL},
    {"/indirect.o",
     "int choose(int); static int f(void) { return 5; }\n"
     "static void *resolve(void) { return choose(0) == 3 ? (void *)0 : f; }\n"
     "int indirect(void) __attribute__((ifunc(\"resolve\")));",
     NULL},
    {"/everything.o",
     "void record(int); int far_choose(int); extern int far_choices[];\n"
     "int common_in[300]; int defined = 2; __attribute__((weak)) int weak_in(void) { return 1; }\n"
     "__attribute__((weak)) int nobody(void);\n"
     "__attribute__((aligned(65536))) char aligned[3] = {1};\n"
     "__attribute__((constructor(200))) static void late(void) { record(2); }\n"
     "__attribute__((constructor(101))) static void early(void) { record(1); }\n"
     "__attribute__((destructor)) static void end(void) { record(4); }\n"
     "static int f(int x) { return x + 1; } static int (*resolve(void))(int) { return f; }\n"
     "int indirect(int) __attribute__((ifunc(\"resolve\")));\n"
     "int (*pointer)(int) = indirect;\n"
     "asm(\".section .text.once,\\\"axG\\\",@progbits,once,comdat; .weak once; once: ret;\"\n"
     "    \".section .text.once,\\\"axG\\\",@progbits,once2,comdat; .weak once2; once2: ret; "
     ".text\");\n"
     "int _load(void) {\n"
     "    record(3);\n"
     "    return far_choose(1) + far_choices[2] + indirect(-1) + pointer(-1) +\n"
     "           ((unsigned long)aligned % 65536 != 0) + common_in[7] + (nobody != 0);\n"
     "}",
     "$CC -O2 -m64 -fpic -fcommon"},
};

static int start_group(void **state)
{
    (void)state;
    size_t used = 0;
    for (int i = 0; i < MANY_GLOBALS; i++)
        used += (size_t)snprintf(many_globals + used, sizeof(many_globals) - used,
                                 "int global_%d;\n", i);
    used = 0;
    for (int i = 0; i < MANY_SECTIONS; i++)
        used += (size_t)snprintf(many_sections + used, sizeof(many_sections) - used,
                                 "int part_%d = 1;\n", i);
    fixtures_compile(fixtures, ARRAY_COUNT(fixtures));
    return 0;
}

static int stop_group(void **state)
{
    (void)state;
    fixtures_release();
    return 0;
}

static int start(void **state)
{
    (void)state;
    loader_start();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    loader_stop();
    return 0;
}

/* What is in use, beside the state that the loader knows of itself. */
struct use {
    struct loader_state state;
    size_t allocations;
    size_t pages;
};

static struct use use_now(void)
{
    struct use use = {.allocations = host_live_allocations(), .pages = host_live_pages()};
    loader_get_state(&use.state);
    return use;
}

static void expect_equal_use(const struct use *before)
{
    assert_int_equal(host_live_allocations(), before->allocations);
    assert_int_equal(host_live_pages(), before->pages);
    assert_int_equal(host_open_files(), 0);
    expect_equal_states(&before->state);
}

static bool is_shortage(enum status status)
{
    return status == STATUS_NO_MEMORY || status == STATUS_OUT_OF_REACH ||
           status == STATUS_FILE_READ;
}

static enum status attempt(const char *path, uint32_t *kmid, unsigned *requests)
{
    struct diagnosis diagnosis;
    enum status status =
        loader_load(&(const struct loader_request){.path = path, .flags = 0}, kmid, &diagnosis);
    *requests = host_requests();
    host_fail_never();
    assert_int_equal(diagnosis.status, status);
    diagnosis_release(&diagnosis);
    return status;
}

/*
 * Fails request 1, 2, 3 ... of a load until all of them have had their turn; the load then ends with
 * `status`. Returns how many there are.
 */
static unsigned enumerate(const char *path, void (*set_failure)(unsigned number),
                          enum status status)
{
    struct use before = use_now();
    for (unsigned number = 1;; number++) {
        uint32_t kmid = 4711;
        unsigned requests;
        set_failure(number);
        enum status found = attempt(path, &kmid, &requests);
        loader_forget_events();
        if (requests < number) {
            assert_int_equal(found, status);
            if (status == STATUS_OK)
                unload_gone(kmid);
            loader_forget_events();
            expect_equal_use(&before);
            return number - 1;
        }
        /* Where the load fails anyway, a lost note is no failure of its own. */
        assert_true(is_shortage(found) || (status != STATUS_OK && found == status));
        assert_int_equal(kmid, 4711);
        expect_equal_use(&before);
    }
}

static void enumerate_both(const char *path, enum status status, unsigned least)
{
    unsigned alone = enumerate(path, host_fail_at, status);
    unsigned following = enumerate(path, host_fail_from, status);
    assert_int_equal(alone, following);
    assert_true(alone >= least);
}

/* A file, a record, pages; a user's providers. */
static void a_plain_load_fails_without_a_trace(void **state)
{
    (void)state;
    enumerate_both("/plain.o", STATUS_OK, 3);
}

static void a_load_that_binds_to_another_fails_without_a_trace(void **state)
{
    (void)state;
    uint32_t provider = load("/plain.o");
    enumerate_both("/user.o", STATUS_OK, 3);
    /* One provider stands in the record; for more of them memory is asked for. */
    uint32_t second = load("/second.o");
    enumerate_both("/both.o", STATUS_OK, 4);
    unload_gone(second);
    assert_int_equal(extension_of(provider).use_count, 0);
}

static void a_load_whose_names_need_room_fails_without_a_trace(void **state)
{
    (void)state;
    enumerate_both("/many.o", STATUS_OK, 4);
}

/* A file, a record, places of sections, pages. */
static void a_load_with_more_sections_than_the_reserve_holds_fails_without_a_trace(void **state)
{
    (void)state;
    enumerate_both("/wide.o", STATUS_OK, 4);
}

static void a_load_whose_index_entry_needs_room_fails_without_a_trace(void **state)
{
    (void)state;
    /* That of kmids is full then; in that of paths instances of one are one element. */
    for (int i = 0; i < TABLE_FIRST_BUCKETS * TABLE_LOAD; i++)
        load("/tiny.o");
    enumerate_both("/plain.o", STATUS_OK, 4);
    load("/tiny.o");
    load("/many.o");
    enumerate_both("/many.o", STATUS_OK, 3);
}

static void an_archive_fails_without_a_trace(void **state)
{
    (void)state;
    scratch_free(scratch_compile(COMPILE_64, "w.o", "int in_archive;"));
    scratch_run("rm -f w.a && $AR rcsD w.a w.o");
    struct span archive = scratch_read("w.a");
    host_process_add_file("/w.a", archive.bytes, archive.size);
    scratch_free(archive);
    enumerate_both("/w.a", STATUS_OK, 3);
}

static void a_file_that_cannot_be_read_is_said_to_be_that(void **state)
{
    (void)state;
    host_fail_at(1);
    load_refused("/plain.o", STATUS_FILE_READ, "");
    host_fail_never();
    load("/plain.o");
}

/* A file, a record, pages; pages for slots and stubs. */
static void a_load_with_slots_and_stubs_fails_without_a_trace(void **state)
{
    (void)state;
    enumerate_both("/linked.o", STATUS_OK, 4);
}

/* A file, a record, pages; pages for stubs. */
static void a_load_with_indirect_functions_fails_without_a_trace(void **state)
{
    (void)state;
    enumerate_both("/indirect.o", STATUS_OK, 4);
    loader_choices[0] = 3;
    enumerate_both("/indirect.o", STATUS_INDIRECT_TARGET, 4);
}

/* A file, a record, pages; stubs, slots, constructors. */
static void a_load_with_everything_fails_without_a_trace(void **state)
{
    (void)state;
    uint32_t kmid = load("/everything.o");
    struct loader_extension extension = extension_of(kmid);
    assert_int_not_equal(extension.linkage_bytes, 0);
    assert_int_not_equal(extension.indirect_bytes, 0);
    expect_events(1, 2, 3);
    unload_gone(kmid);
    expect_events(1, 2, 3, 4);
    loader_forget_events();
    enumerate_both("/everything.o", STATUS_OK, 6);
    loader_choices[2] = 5;
    enumerate_both("/everything.o", STATUS_LOAD_REFUSED, 6);
}

static enum status attempt_at(const char *path, uint32_t point, bool and_later, uint32_t *kmid)
{
    const struct loader_request request = {.path = path, .fail_at = point, .fail_later = and_later};
    struct diagnosis diagnosis;
    enum status status = loader_load(&request, kmid, &diagnosis);
    diagnosis_release(&diagnosis);
    loader_forget_events();
    return status;
}

/* The loader's own points, steps among them, for the same object. */
static void every_point_of_a_load_with_everything_may_fail(void **state)
{
    (void)state;
    struct use before = use_now();
    for (int and_later = 0; and_later < 2; and_later++) {
        uint32_t kmid;
        uint32_t point = 1;
        while (attempt_at("/everything.o", point, and_later != 0, &kmid) != STATUS_OK) {
            expect_equal_use(&before);
            point++;
        }
        assert_true(point > 20);
        unload_gone(kmid);
        loader_forget_events();
        expect_equal_use(&before);
    }
}

static void refused_loads_fail_without_a_trace(void **state)
{
    (void)state;
    loader_choices[0] = 5;
    enumerate_both("/refusing.o", STATUS_LOAD_REFUSED, 3);
    enumerate_both("/strange.o", STATUS_ENTRY_POINT, 3);
    enumerate_both("/unlinkable.o", STATUS_RELOCATION_OVERFLOW, 4);
}

static void a_report_of_open_names_may_lose_notes_but_nothing_else(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    uint32_t kmid;
    enumerate_both("/open.o", STATUS_UNRESOLVED, 6);
    /* A file, a record, pages, then the notes. */
    host_fail_from(4);
    assert_int_equal(loader_load(&(const struct loader_request){.path = "/open.o", .flags = 0},
                                 &kmid, &diagnosis),
                     STATUS_UNRESOLVED);
    host_fail_never();
    assert_null(diagnosis.notes);
    assert_int_equal(diagnosis.notes_lost, 3);
}

static void unloading_asks_for_nothing(void **state)
{
    (void)state;
    uint32_t provider = load("/plain.o");
    uint32_t user = load("/user.o");
    uint32_t many = load("/many.o");
    unload(provider);
    host_fail_from(1);
    unload_gone(many);
    unload_gone(user);
    assert_false(is_loaded(provider));
    assert_int_equal(host_requests(), 0);
    host_fail_never();
}

static void count_symbol(const struct loader_symbol *symbol, void *context)
{
    (void)symbol;
    ++*(unsigned *)context;
}

static void a_listing_of_names_without_memory_visits_none(void **state)
{
    (void)state;
    unsigned count = 0;
    load("/plain.o");
    struct use before = use_now();
    host_fail_at(1);
    assert_false(loader_visit_symbols(count_symbol, &count));
    host_fail_never();
    assert_int_equal(count, 0);
    assert_true(loader_visit_symbols(count_symbol, &count));
    assert_int_equal(count, before.state.symbols);
    expect_equal_use(&before);
}

static void a_kernel_without_memory_is_told(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    struct kernel_export exports[] = {{1, "one", hash_name("one"), 0}};
    host_fail_at(1);
    assert_int_equal(loader_init(exports, 1, &diagnosis), STATUS_NO_MEMORY);
    host_fail_never();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_plain_load_fails_without_a_trace),
        TEST(a_load_that_binds_to_another_fails_without_a_trace),
        TEST(a_load_whose_names_need_room_fails_without_a_trace),
        TEST(a_load_with_more_sections_than_the_reserve_holds_fails_without_a_trace),
        TEST(a_load_whose_index_entry_needs_room_fails_without_a_trace),
        TEST(an_archive_fails_without_a_trace),
        TEST(a_file_that_cannot_be_read_is_said_to_be_that),
        TEST(a_load_with_slots_and_stubs_fails_without_a_trace),
        TEST(a_load_with_indirect_functions_fails_without_a_trace),
        TEST(a_load_with_everything_fails_without_a_trace),
        TEST(every_point_of_a_load_with_everything_may_fail),
        TEST(refused_loads_fail_without_a_trace),
        TEST(a_report_of_open_names_may_lose_notes_but_nothing_else),
        TEST(unloading_asks_for_nothing),
        TEST(a_listing_of_names_without_memory_visits_none),
        TEST(a_kernel_without_memory_is_told),
    };
    return cmocka_run_group_tests_name("loader failures", tests, start_group, stop_group);
}
