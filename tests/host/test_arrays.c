/*
 * Constructors and destructors: in which order they run around _load and _unload, which of them run when
 * something refuses, and what is refused itself.
 */
#include <string.h>

#include "loader/image/arrays.h"
#include "loader/live/notes.h"
#include "tests/host/host_loader.h"
#include "tests/host/host_process.h"
#include "tests/host/host_programs.h"
#include "tests/host/support.h"

#define ENTRY(section, type, name)                                                                 \
    "asm(\".section " section ",\\\"aw\\\"," type "\\n.quad " name "\\n.previous\");\n"
#define BEFORE "@init_array"
#define AFTER  "@fini_array"

static const struct fixture fixtures[] = {
    {"/ordered.o",
     "void record(int);\n"
     "#define F(n) __attribute__((used)) static void f##n(void) { record(n); }\n"
     "F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(21) F(22) F(23) F(24) F(25) F(26) "
     "F(27)\n" ENTRY(".init_array", BEFORE, "f6, 0, f7, -1") ENTRY(".ctors", "@progbits", "f9, f8")
         ENTRY(".init_array.00200", BEFORE, "f3") ENTRY(".ctors.65235", "@progbits", "f5, f4")
             ENTRY(".init_array.00100", BEFORE, "f2") ENTRY(".preinit_array", "@preinit_array",
                                                            "f1")
                 ENTRY(".fini_array", AFTER, "f23, -1, f22, 0") ENTRY(".dtors", "@progbits", "f21")
                     ENTRY(".fini_array.00100", AFTER, "f27")
                         ENTRY(".dtors.65235", "@progbits", "f24, f25")
                             ENTRY(".fini_array.200", AFTER,
                                   "f26") "int _load(void) { record(10); return 0; } int "
                                          "_unload(void) { record(20); return 0; }",
     NULL},
    {"/names.o",
     "void record(int);\n"
     "#define F(n) __attribute__((used)) static void f##n(void) { record(n); }\n"
     "F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(99)\n" ENTRY(
         ".init_arrays", "@progbits", "f99") ENTRY(".ctors_of_mine", "@progbits", "f99")
         ENTRY(".init_array.65537", BEFORE, "f3") ENTRY(".init_array.4294967297", BEFORE, "f4")
             ENTRY(".init_array.12x", BEFORE, "f5") ENTRY("\\\".init_array.1:\\\"", BEFORE, "f6")
                 ENTRY(".init_array.", BEFORE, "f7") ENTRY(".functional.8", BEFORE, "f8")
                     ENTRY(".init_array", BEFORE, "f9") ENTRY(".init_array.65535", BEFORE, "f2")
                         ENTRY(".init_array.9", BEFORE, "f1") ENTRY(".init_array05", BEFORE, "f10"),
     NULL},
    {"/unloaded.o",
     "void record(int); __attribute__((used)) static void f1(void) { record(1); }\n"
     "asm(\".section .ctors.5,\\\"\\\",@progbits\\n.quad f1\\n.previous\");\n" ENTRY(
         ".ctors", "@progbits", "f1"),
     NULL},
    {"/refusing.o",
     "void record(int); int choose(int);\n"
     "__attribute__((constructor)) static void begin(void) { record(1); }\n"
     "__attribute__((destructor)) static void end(void) { record(2); }\n"
     "int _load(void) { record(3); return choose(0); }\n"
     "int _unload(void) { record(4); return choose(1); }",
     NULL},
    {"/bare.o",
     "void record(int);\n"
     "__attribute__((constructor(200))) static void begin(void) { record(2); }\n"
     "__attribute__((constructor(101))) static void early(void) { record(1); }\n"
     "__attribute__((destructor(200))) static void end(void) { record(3); }\n"
     "__attribute__((destructor(101))) static void late(void) { record(4); }\n",
     NULL},
    {"/data.o",
     "int data = 1; __attribute__((section(\".init_array\"), used)) "
     "static int *const entry = &data;",
     NULL},
    {"/import.o",
     "void record(int); __attribute__((section(\".init_array\"), used)) "
     "static void (*entry)(int) = record;",
     NULL},
    {"/behind.o",
     "int _load(void) { return 0; } asm(\".globl end; end:\"); extern char end[];"
     "__attribute__((section(\".fini_array\"), used)) static char *entry = end + 64;",
     "$CC -O2 -m64 -mcmodel=kernel -fno-pic -fno-toplevel-reorder"},
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
    memset(loader_choices, 0, sizeof(loader_choices));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    loader_stop();
    return 0;
}

static void constructors_run_by_priority_before_load_and_destructors_in_reverse(void **state)
{
    (void)state;
    uint32_t kmid = load("/ordered.o");
    expect_events(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    loader_forget_events();
    unload_gone(kmid);
    expect_events(20, 21, 22, 23, 24, 25, 26, 27);
}

/* Those without one come last, in the order of their sections; other names mean nothing. */
static void what_is_no_number_up_to_65535_is_no_priority(void **state)
{
    (void)state;
    load("/names.o");
    expect_events(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
}

static void a_section_of_functions_has_their_name_or_type_and_contents(void **state)
{
    (void)state;
    static const struct {
        struct image_section section;
        bool is_array;
    } cases[] = {
        {{.name = ".init_array.5", .type = SHT_PROGBITS}, true},
        {{.name = ".mine", .type = SHT_FINI_ARRAY}, true},
        {{.name = ".text", .type = SHT_NULL}, false},
        {{.name = ".ctors", .type = SHT_NOBITS}, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_int_equal(arrays_has(&cases[i].section), cases[i].is_array);
}

static void what_is_not_loaded_does_not_run(void **state)
{
    (void)state;
    load("/unloaded.o");
    expect_events(1);
}

static void they_run_without_load_too(void **state)
{
    (void)state;
    uint32_t kmid = load("/bare.o");
    expect_events(1, 2);
    unload_gone(kmid);
    expect_events(1, 2, 3, 4);
}

static void destructors_run_when_load_refuses(void **state)
{
    (void)state;
    loader_choices[0] = 22;
    load_refused("/refusing.o", STATUS_LOAD_REFUSED, "22");
    expect_events(1, 3, 2);
}

static void nothing_is_destroyed_when_unload_refuses(void **state)
{
    (void)state;
    struct loader_unload_result result;
    struct diagnosis diagnosis;
    uint32_t kmid = load("/refusing.o");
    loader_choices[1] = 16;
    loader_forget_events();
    assert_int_equal(loader_unload(kmid, &result, &diagnosis), STATUS_UNLOAD_REFUSED);
    diagnosis_release(&diagnosis);
    expect_events(4);
    loader_choices[1] = 0;
    unload_gone(kmid);
    expect_events(4, 4, 2);
}

static void what_is_no_code_of_the_object_is_refused(void **state)
{
    (void)state;
    load_refused("/data.o", STATUS_ARRAY_ENTRY, "(.init_array) entry 0");
    load_refused("/import.o", STATUS_ARRAY_ENTRY, "(.init_array) entry 0");
    load_refused("/behind.o", STATUS_ARRAY_ENTRY, "(.fini_array) entry 0");
    expect_no_events();
}

/* Every step that can fail is made to: what was constructed is destroyed, and only that. */
static void a_failure_at_any_point_destroys_what_was_constructed(void **state)
{
    (void)state;
    for (uint32_t at = 1;; at++) {
        struct loader_state before;
        struct diagnosis diagnosis;
        uint32_t kmid;
        loader_get_state(&before);
        loader_forget_events();
        const struct loader_request request = {.path = "/ordered.o", .fail_at = at};
        enum status status = loader_load(&request, &kmid, &diagnosis);
        diagnosis_release(&diagnosis);
        if (status == STATUS_OK) {
            unload_gone(kmid);
            return;
        }
        expect_no_events();
        expect_equal_states(&before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            constructors_run_by_priority_before_load_and_destructors_in_reverse, start, stop),
        cmocka_unit_test_setup_teardown(what_is_no_number_up_to_65535_is_no_priority, start, stop),
        cmocka_unit_test(a_section_of_functions_has_their_name_or_type_and_contents),
        cmocka_unit_test_setup_teardown(what_is_not_loaded_does_not_run, start, stop),
        cmocka_unit_test_setup_teardown(they_run_without_load_too, start, stop),
        cmocka_unit_test_setup_teardown(destructors_run_when_load_refuses, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_destroyed_when_unload_refuses, start, stop),
        cmocka_unit_test_setup_teardown(what_is_no_code_of_the_object_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_failure_at_any_point_destroys_what_was_constructed, start,
                                        stop),
    };
    return cmocka_run_group_tests_name("arrays", tests, start_group, stop_group);
}
