/*
 * Indirect functions: stubs stand for them everywhere, their resolvers run once everything is sealed and
 * before any constructor, and what a resolver returns must be code.
 */
#include <stdlib.h>
#include <string.h>

#include "loader/live/notes.h"
#include "tests/host/host_loader.h"
#include "tests/host/host_process.h"
#include "tests/host/host_programs.h"
#include "tests/host/support.h"

#define IFUNC "__attribute__((ifunc(\"resolve\")))"
/* A resolver that reports an event and chooses by what the kernel says. */
#define CHOOSING                                                                                   \
    "void record(int); int choose(int);\n"                                                         \
    "static int one(int x) { return x + 1; } static int two(int x) { return x + 2; }\n"            \
    "static int (*resolve(void))(int) { record(7); return choose(0) == 2 ? two : one; }\n"

static const struct fixture fixtures[] = {
    {"/provider.o",
     CHOOSING "int pick(int) " IFUNC "; int (*pick_pointer)(int) = pick;\n"
              "int pick_inside(void) { return pick(10); }\n"
              "int pick_by_data(void) { return pick_pointer(20); }\n"
              "__attribute__((constructor)) static void begin(void) { record(pick(40)); }\n"
              "int _load(void) { record(8); return 0; }",
     NULL},
    {"/user.o",
     "int pick(int); extern int (*pick_pointer)(int); int (*user_pointer)(int) = pick;\n"
     "int pick_outside(void) { return pick(30); }\n"
     "int pick_by_pointer(void) { return user_pointer(50); }\n"
     "int pick_is_one(void) { return user_pointer == pick_pointer && pick == user_pointer; }",
     NULL},
    {"/shared.o",
     CHOOSING "int pick(int) " IFUNC "; int pick_shared(void) { return pick(60); }\n"
              "int (*pick_address(void))(int) { return pick; }\n"
              "int pick_same(void) { return pick_address() == pick; }",
     "$CC -O2 -m64 -fPIC"},
    {"/static.o",
     CHOOSING "static int pick(int) " IFUNC "; int pick_static(void) { return pick(70); }", NULL},
    {"/far.o",
     CHOOSING "int pick(int) " IFUNC "; int far_choose(int); extern int far_choices[];\n"
              "int pick_far(void) { return pick(80) + far_choose(1) + far_choices[2]; }",
     "$CC -O2 -m64 -fpic"},
    {"/kernel.o",
     "int choose(int); static void *resolve(void) { return choose; }\n"
     "int pick(int) " IFUNC "; int pick_kernel(void) { return pick(1); }",
     NULL},
    {"/null.o", "static void *resolve(void) { return 0; } int pick(int) " IFUNC ";", NULL},
    {"/data.o", "int data; static void *resolve(void) { return &data; } int pick(int) " IFUNC ";",
     NULL},
    {"/heap.o",
     "static void *resolve(void) { return (void *)0x7ffffffff000; } int pick(int) " IFUNC ";",
     NULL},
    {"/self.o",
     "int pick(int); void *get(void); static void *resolve(void) { return get(); }\n"
     "int pick(int) " IFUNC "; void *get(void) { return pick; }",
     NULL},
    {"/foreign.o",
     "extern int (*pick_pointer)(int);\n"
     "static void *resolve(void) { return pick_pointer; }\n"
     "int again(int) " IFUNC "; int pick_again(void) { return again(90); }",
     NULL},
    {"/placeless.o",
     "asm(\".data; .globl pick; .type pick, @gnu_indirect_function; pick: .quad 0\");", NULL},
    {"/absolute.o", "asm(\".globl pick; .type pick, @gnu_indirect_function; pick = 4096\");", NULL},
    {"/refusing.o", CHOOSING "int pick(int) " IFUNC "; int _load(void) { return pick(4); }", NULL},
    {"/open.o",
     "int nobody(void); static void *resolve(void) { return nobody; } int pick(int) " IFUNC ";",
     NULL},
    {"/many.o",
     "void record(int); static int f(void) { return 5; } static int g(void) { return 6; }\n"
     "static void *rf(void) { record(1); return f; } static void *rg(void) { record(2); return g; "
     "}\n"
     "int first(void) __attribute__((ifunc(\"rf\"))); int second(void) "
     "__attribute__((ifunc(\"rg\")));\n"
     "int third(void) __attribute__((ifunc(\"rf\"))); asm(\".weak third\");",
     NULL},
    {"/ahead.o",
     "int pick(int); void record(int); int ahead(void) { return pick(3); }\n"
     "int _load(void) { record(pick(100)); return 0; }",
     NULL},
};

static int start_group(void **state)
{
    (void)state;
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

static void resolvers_run_once_before_constructors_and_load(void **state)
{
    (void)state;
    load("/provider.o");
    expect_events(7, 41, 8);
}

static void calls_go_to_what_the_resolver_returned(void **state)
{
    (void)state;
    loader_choices[0] = 2;
    load("/provider.o");
    assert_int_equal(call("pick_inside"), 12);
    assert_int_equal(call("pick_by_data"), 22);
}

static void another_extension_binds_the_stub(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    uint32_t provider = load("/provider.o");
    struct loader_extension extension = extension_of(provider);
    uint32_t user = load("/user.o");
    assert_int_equal(call("pick_outside"), 31);
    assert_int_equal(call("pick_by_pointer"), 51);
    assert_true(call("pick_is_one"));
    assert_int_equal(extension.indirect_count, 1);
    assert_int_equal(extension.indirect_bytes, 8192);
    assert_int_equal(address_of("pick"), extension.indirect_address + 4096);
    assert_int_equal(extension_of(provider).use_count, 1);
    unload_gone(user);
    unload_gone(provider);
    expect_equal_states(&before);
    assert_int_equal(host_live_pages(), 0);
}

static void position_independent_and_static_ones_work(void **state)
{
    (void)state;
    loader_choices[0] = 2;
    load("/shared.o");
    assert_int_equal(call("pick_shared"), 62);
    assert_true(call("pick_same"));
    load("/static.o");
    assert_int_equal(call("pick_static"), 72);
}

static void slots_and_stubs_for_others_stand_beside_theirs(void **state)
{
    (void)state;
    loader_choices[1] = 300;
    loader_choices[2] = 4000;
    struct loader_extension extension = extension_of(load("/far.o"));
    assert_int_equal(call("pick_far"), 4381);
    assert_int_not_equal(extension.linkage_bytes, 0);
    assert_int_not_equal(extension.indirect_bytes, 0);
    assert_true(extension.memory_bytes > extension.linkage_bytes + extension.indirect_bytes);
}

static void tables_are_sealed_when_resolvers_have_run(void **state)
{
    (void)state;
    struct loader_extension extension = extension_of(load("/provider.o"));
    assert_int_equal(host_protection(extension.indirect_address), PROTECTION_READ);
    assert_int_equal(host_protection(extension.indirect_address + 4096), PROTECTION_READ_EXECUTE);
}

static void a_resolver_may_return_a_function_of_the_kernel_or_another_extension(void **state)
{
    (void)state;
    loader_choices[1] = 44;
    load("/kernel.o");
    assert_int_equal(call("pick_kernel"), 44);
    loader_forget_events();
    load("/provider.o");
    load("/foreign.o");
    assert_int_equal(call("pick_again"), 91);
}

static void what_a_resolver_returns_must_be_code(void **state)
{
    (void)state;
    load_refused("/null.o", STATUS_INDIRECT_TARGET, "pick: 0x0");
    load_refused("/data.o", STATUS_INDIRECT_TARGET, "pick: 0x1000");
    load_refused("/heap.o", STATUS_INDIRECT_TARGET, "pick: 0x7ffffffff000");
    load_refused("/self.o", STATUS_INDIRECT_TARGET, "pick: 0x1000");
}

static void a_resolver_that_is_no_code_of_the_object_is_refused(void **state)
{
    (void)state;
    load_refused("/placeless.o", STATUS_SYMBOL_INDIRECT, "(pick) in section");
    load_refused("/absolute.o", STATUS_SYMBOL_INDIRECT, "(pick) in section");
}

static void a_refused_load_runs_no_resolver_or_takes_all_back(void **state)
{
    (void)state;
    load_refused("/open.o", STATUS_UNRESOLVED, "1 of 1");
    expect_no_events();
    load_refused("/refusing.o", STATUS_LOAD_REFUSED, "5");
    expect_events(7);
}

static void each_has_a_stub_of_its_own(void **state)
{
    (void)state;
    struct loader_extension extension = extension_of(load("/many.o"));
    assert_int_equal(extension.indirect_count, 3);
    assert_int_equal(call("first"), 5);
    assert_int_equal(call("second"), 6);
    assert_int_equal(call("third"), 5);
    assert_int_not_equal(address_of("first"), address_of("third"));
}

static void unloading_and_loading_again_resolves_again(void **state)
{
    (void)state;
    unload_gone(load("/provider.o"));
    loader_choices[0] = 2;
    load("/provider.o");
    expect_events(7, 41, 8, 7, 42, 8);
}

static unsigned planned;

static void note_plan(const struct loader_extension *object, uint32_t exports, void *context)
{
    (void)exports;
    (void)context;
    planned += object->indirect_count;
}

static void a_plan_counts_stubs_and_runs_no_resolver(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    struct loader_state before;
    const struct loader_plan plan = {.object = note_plan};
    loader_get_state(&before);
    planned = 0;
    assert_int_equal(
        loader_plan(&(const struct loader_request){.path = "/many.o"}, &plan, &diagnosis),
        STATUS_OK);
    assert_int_equal(planned, 3);
    expect_no_events();
    expect_equal_states(&before);
}

/* Every point of a load fails once; --fail-at does the same in a kernel. */
static void every_failure_is_taken_back(void **state)
{
    (void)state;
    struct loader_request request = {.path = "/far.o", .fail_at = 1};
    struct loader_state before;
    uint32_t kmid;
    loader_get_state(&before);
    for (;; request.fail_at++) {
        struct diagnosis diagnosis;
        enum status status = loader_load(&request, &kmid, &diagnosis);
        diagnosis_release(&diagnosis);
        if (status == STATUS_OK)
            break;
        expect_equal_states(&before);
        assert_int_equal(host_open_files(), 0);
    }
    assert_true(request.fail_at > 16);
    unload_gone(kmid);
    expect_equal_states(&before);
}

static void addresses_in_stubs_are_known(void **state)
{
    (void)state;
    const char *symbol, *name;
    uintptr_t offset;
    load("/provider.o");
    assert_true(loader_find_address((uintptr_t)address_of("pick") + 2, &symbol, &offset, &name));
    assert_string_equal(symbol, "indirect");
    assert_string_equal(name, "provider");
    assert_int_equal(offset, 4096 + 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(resolvers_run_once_before_constructors_and_load),
        TEST(calls_go_to_what_the_resolver_returned),
        TEST(another_extension_binds_the_stub),
        TEST(position_independent_and_static_ones_work),
        TEST(slots_and_stubs_for_others_stand_beside_theirs),
        TEST(tables_are_sealed_when_resolvers_have_run),
        TEST(a_resolver_may_return_a_function_of_the_kernel_or_another_extension),
        TEST(what_a_resolver_returns_must_be_code),
        TEST(a_resolver_that_is_no_code_of_the_object_is_refused),
        TEST(a_refused_load_runs_no_resolver_or_takes_all_back),
        TEST(each_has_a_stub_of_its_own),
        TEST(unloading_and_loading_again_resolves_again),
        TEST(a_plan_counts_stubs_and_runs_no_resolver),
        TEST(every_failure_is_taken_back),
        TEST(addresses_in_stubs_are_known),
    };
    return cmocka_run_group_tests_name("indirect functions", tests, start_group, stop_group);
}
