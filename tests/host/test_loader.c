/*
 * The loader itself: extensions compiled at test time are loaded, run and unloaded in this process.
 * Every refusal leaves the state's digest as it was.
 */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "loader/live/notes.h"
#include "loader/live/scratch.h"
#include "loader/live/state.h"
#include "tests/host/host_loader.h"
#include "tests/host/host_process.h"
#include "tests/host/host_programs.h"
#include "tests/host/host_sample.h"
#include "tests/host/support.h"

#define KERNEL "void record(int); int choose(int); int ask(int);\n"

/* What each records: tens are _load, tens + 1 are _unload. */
static const struct fixture fixtures[] = {
    {"/p.o",
     KERNEL "static int count; const int constant = 5;\n"
            "int provide(void) { return ++count; }\n"
            "int _load(void) { record(10); return 0; } int _unload(void) { record(11); return 0; }",
     NULL},
    {"/u.o",
     KERNEL "int provide(void); int use(void) { return 100 + provide(); }\n"
            "int _load(void) { record(20); return 0; } int _unload(void) { record(21); return 0; }",
     NULL},
    {"/v.o",
     KERNEL "int use(void); int use_again(void) { return use(); }\n"
            "int _load(void) { record(30); return 0; } int _unload(void) { record(31); return 0; }",
     NULL},
    {"/choosy.o",
     KERNEL "int chosen; int _load(void) { record(40); return choose(0); }\n"
            "int _unload(void) { record(41); return choose(1); }",
     NULL},
    {"/asking.o",
     KERNEL "int asked; int _load(void) { int e = ask(1); asked++; return e; }\n"
            "int _unload(void) { int e = ask(2); asked++; return e; }",
     NULL},
    {"/quiet.o", "int silent = 3;", NULL},
    {"/empty.o", "", NULL},
    {"/open.o",
     KERNEL "int recordd(int); extern int nobody_has_this; int (*table[])(int) = {recordd};\n"
            "int first(void) { return recordd(1); }\n"
            "int second(void) { return nobody_has_this + recordd(2); }",
     NULL},
    {"/weak.o", "__attribute__((weak)) int maybe(void); int has_maybe(void) { return maybe != 0; }",
     NULL},
    {"/strange.o", "int _load = 5;", NULL},
    {"/absolute.o", "asm(\".globl _unload; _unload = 0x1000\");", NULL},
    {"/far.o", KERNEL "int f(void) { record(50); return 7; }",
     "$CC -O2 -m64 -mcmodel=large -ffreestanding -fno-pic -fcf-protection=none"},
    /* The host's own text and data are more than 2 GiB away from its extensions. */
    {"/linked.o",
     "int far_choose(int); extern int far_choices[]; int (*const pointer)(int) = far_choose;\n"
     "int through_stub(void) { return far_choose(1) + 1; }\n"
     "int through_slot(void) { return far_choices[2] + 1; }\n"
     "int through_pointer(void) { return pointer(3) + 1; }\n"
     "int the_same(void) { int (*volatile here)(int) = far_choose; return here == pointer; }",
     "$CC -O2 -m64 -fpic -fcf-protection=none"},
    {"/narrow.o", "int narrow;", COMPILE_32},
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

static void expect_counts(uint32_t kmid, uint32_t load_count, uint32_t use_count)
{
    struct loader_extension extension = extension_of(kmid);
    assert_int_equal(extension.load_count, load_count);
    assert_int_equal(extension.use_count, use_count);
}

static void loading_runs_load_and_shows_names_and_unloading_takes_all_back(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    assert_int_equal(loader_query("/p.o"), 0);
    uint32_t kmid = load("/p.o");
    expect_events(10);
    assert_int_equal(loader_query("/p.o"), kmid);
    assert_int_equal(call("provide"), 1);
    assert_int_equal(call("provide"), 2);
    unload_gone(kmid);
    expect_events(10, 11);
    assert_int_equal(loader_query("/p.o"), 0);
    assert_int_equal(address_of("provide"), 0);
    expect_equal_states(&before);
    assert_int_equal(host_live_pages(), 0);
}

static void text_is_executable_constants_are_read_only_data_is_writable(void **state)
{
    (void)state;
    struct loader_extension extension = extension_of(load("/p.o"));
    static const enum protection wanted[] = {PROTECTION_READ_EXECUTE, PROTECTION_READ,
                                             PROTECTION_READ_WRITE};
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        assert_int_not_equal(extension.size_bytes[kind], 0);
        assert_int_equal(host_protection(extension.address[kind]), wanted[kind]);
    }
    assert_int_equal(host_protection(address_of("constant")), PROTECTION_READ);
    assert_int_equal(host_protection(address_of("provide")), PROTECTION_READ_EXECUTE);
    assert_int_equal(host_live_pages(), 3);
}

static void thousand_cycles_leave_the_state_as_it_was(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    for (int i = 0; i < 1000; i++) {
        uint32_t provider = load("/p.o");
        uint32_t user = load("/u.o");
        assert_int_equal(call("use"), 101);
        unload_gone(user);
        unload_gone(provider);
        loader_forget_events();
        expect_equal_states(&before);
    }
}

static void kmids_are_never_used_again(void **state)
{
    (void)state;
    uint32_t first = load("/p.o");
    unload_gone(first);
    uint32_t second = load("/p.o");
    assert_true(second > first);
    load_refused("/open.o", STATUS_UNRESOLVED, "");
    assert_int_equal(load("/quiet.o"), second + 1);
}

static void entry_points_are_never_global(void **state)
{
    (void)state;
    load("/p.o");
    load("/u.o");
    assert_int_equal(address_of("_load"), 0);
    assert_int_equal(address_of("_unload"), 0);
    expect_events(10, 20);
}

static void the_newest_instance_is_bound_and_older_importers_keep_theirs(void **state)
{
    (void)state;
    uint32_t old = load("/p.o");
    uint32_t old_user = load("/u.o");
    uint64_t old_use = address_of("use");
    assert_int_equal(call("use"), 101);
    uint32_t new = load("/p.o");
    assert_int_equal(loader_query("/p.o"), new);
    load("/u.o");
    assert_int_equal(call("use"), 101);
    assert_int_equal(((int (*)(void))(uintptr_t)old_use)(), 102);
    expect_counts(old, 1, 1);
    expect_counts(new, 1, 1);
    unload_gone(old_user);
    expect_counts(old, 1, 0);
    expect_counts(new, 1, 1);
}

static void an_older_definition_shows_again_when_the_newer_goes(void **state)
{
    (void)state;
    load("/p.o");
    uint64_t older = address_of("provide");
    uint32_t newer = load("/p.o");
    assert_int_not_equal(address_of("provide"), older);
    unload_gone(newer);
    assert_int_equal(address_of("provide"), older);
}

static void a_used_extension_stays_and_goes_with_its_last_user(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    uint32_t provider = load("/p.o");
    uint32_t user = load("/u.o");
    expect_counts(provider, 1, 1);
    struct loader_unload_result result = unload(provider);
    assert_false(result.is_gone);
    assert_int_equal(result.load_count, 0);
    assert_int_equal(result.use_count, 1);
    assert_false(unload(provider).is_gone);
    expect_counts(provider, 0, 1);
    expect_events(10, 20);
    assert_int_equal(call("use"), 101);
    unload_gone(user);
    assert_false(is_loaded(provider));
    expect_events(10, 20, 21, 11);
    expect_equal_states(&before);
}

static void an_extension_with_requests_stays_when_its_user_goes(void **state)
{
    (void)state;
    uint32_t provider = load("/p.o");
    unload_gone(load("/u.o"));
    expect_counts(provider, 1, 0);
}

static void a_chain_goes_from_its_end(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    uint32_t p = load("/p.o");
    uint32_t u = load("/u.o");
    uint32_t v = load("/v.o");
    assert_false(unload(u).is_gone);
    assert_false(unload(p).is_gone);
    loader_forget_events();
    unload_gone(v);
    expect_events(31, 21, 11);
    expect_equal_states(&before);
}

static void single_loads_count_requests_for_the_newest_instance(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    uint32_t kmid = 0;
    assert_int_equal(
        loader_load(&(const struct loader_request){.path = "/p.o", .flags = LOADER_SINGLE}, &kmid,
                    &diagnosis),
        STATUS_OK);
    uint32_t other = load("/p.o");
    assert_int_not_equal(other, kmid);
    uint32_t again = 0;
    assert_int_equal(
        loader_load(&(const struct loader_request){.path = "/p.o", .flags = LOADER_SINGLE}, &again,
                    &diagnosis),
        STATUS_OK);
    assert_int_equal(again, other);
    expect_counts(other, 2, 0);
    expect_counts(kmid, 1, 0);
    expect_events(10, 10);
    assert_int_equal(unload(other).load_count, 1);
    expect_events(10, 10);
    unload_gone(other);
    expect_events(10, 10, 11);
}

static void a_load_count_does_not_wrap(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    uint32_t kmid = load("/quiet.o");
    state_find_kmid(kmid)->load_count = UINT32_MAX;
    assert_int_equal(
        loader_load(&(const struct loader_request){.path = "/quiet.o", .flags = LOADER_SINGLE},
                    &kmid, &diagnosis),
        STATUS_COUNT_LIMIT);
    expect_counts(kmid, UINT32_MAX, 0);
}

static void an_error_of_load_undoes_everything_and_is_reported(void **state)
{
    (void)state;
    loader_choices[0] = ENOSPC;
    load_refused("/choosy.o", STATUS_LOAD_REFUSED, "28 (ENOSPC)");
    assert_int_equal(last_diagnosis()->error, ENOSPC);
    assert_string_equal(last_diagnosis()->file, "/choosy.o");
    expect_events(40);
    loader_choices[0] = -1;
    load_refused("/choosy.o", STATUS_LOAD_REFUSED, "-1");
    assert_int_equal(last_diagnosis()->error, ENOEXEC);
    loader_choices[0] = 0;
    load("/choosy.o");
}

static void an_error_of_unload_keeps_the_extension_whole(void **state)
{
    (void)state;
    struct loader_state before;
    struct loader_unload_result result;
    struct diagnosis diagnosis;
    uint32_t kmid = load("/choosy.o");
    loader_get_state(&before);
    loader_choices[1] = EBUSY;
    assert_int_equal(loader_unload(kmid, &result, &diagnosis), STATUS_UNLOAD_REFUSED);
    assert_int_equal(diagnosis.error, EBUSY);
    assert_non_null(strstr(diagnosis.detail, "EBUSY"));
    assert_string_equal(diagnosis.file, "/choosy.o");
    expect_equal_states(&before);
    expect_counts(kmid, 1, 0);
    assert_int_not_equal(address_of("chosen"), 0);
    loader_choices[1] = 0;
    unload_gone(kmid);
    expect_events(40, 41, 41);
}

/* /choosy.o is used by an extension made for this test alone. */
static void a_swept_extension_that_refuses_stays_until_the_next_sweep(void **state)
{
    (void)state;
    struct span object = scratch_compile(
        COMPILE_64, "c.o", "extern int chosen; int *use_it(void) { return &chosen; }");
    host_process_add_file("/c.o", object.bytes, object.size);
    scratch_free(object);
    uint32_t choosy = load("/choosy.o");
    uint32_t user = load("/c.o");
    uint32_t other = load("/quiet.o");
    assert_false(unload(choosy).is_gone);
    loader_choices[1] = EBUSY;
    unload_gone(user);
    expect_counts(choosy, 0, 0);
    assert_int_not_equal(address_of("chosen"), 0);
    loader_choices[1] = 0;
    unload_gone(other);
    assert_false(is_loaded(choosy));
}

static void expect_unload_refused(uint32_t kmid, enum status status, const char *thing)
{
    struct loader_state before;
    struct loader_unload_result result;
    struct diagnosis diagnosis;
    loader_get_state(&before);
    assert_int_equal(loader_unload(kmid, &result, &diagnosis), status);
    assert_int_equal(diagnosis.status, status);
    assert_string_equal(diagnosis.file, thing);
    expect_equal_states(&before);
}

static void unknown_kmids_and_the_kernels_are_refused(void **state)
{
    (void)state;
    uint32_t kmid = load("/quiet.o");
    expect_unload_refused(kmid + 1, STATUS_KMID_UNKNOWN, "kmid 2");
    expect_unload_refused(UINT32_MAX, STATUS_KMID_UNKNOWN, "kmid 4294967295");
    expect_unload_refused(0, STATUS_KMID_KERNEL, "kmid 0");
    unload_gone(kmid);
    expect_unload_refused(kmid, STATUS_KMID_UNKNOWN, "kmid 1");
}

/* From _load and _unload: a request works, and is part of the one that it is made from. */
static int ask_loader(int number)
{
    struct diagnosis diagnosis;
    struct loader_unload_result result;
    const struct loader_request request = {.path = "/quiet.o"};
    uint32_t kmid = 0;
    (void)number;
    assert_int_equal(loader_load(&request, &kmid, &diagnosis), STATUS_OK);
    assert_int_equal(loader_query("/quiet.o"), kmid);
    assert_int_equal(loader_unload(kmid, &result, &diagnosis), STATUS_OK);
    assert_false(result.is_gone); /* it goes when the outer request is through */
    return 0;
}

static void requests_from_inside_load_and_unload_work(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    loader_question = ask_loader;
    uint32_t kmid = load("/asking.o");
    assert_int_equal(loader_query("/quiet.o"), 0);
    unload_gone(kmid);
    expect_equal_states(&before);
}

/* What was loaded from inside a _load that fails is unloaded again. */
static int load_and_fail(int number)
{
    struct diagnosis diagnosis;
    const struct loader_request request = {.path = "/quiet.o"};
    uint32_t kmid;
    assert_int_equal(loader_load(&request, &kmid, &diagnosis), STATUS_OK);
    return number == 1 ? EBUSY : 0;
}

static void a_failed_load_takes_back_what_it_asked_for(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    loader_question = load_and_fail;
    load_refused("/asking.o", STATUS_LOAD_REFUSED, "EBUSY");
    expect_equal_states(&before);
}

/* An extension whose _load asks for itself again and again, and one that asks for its own path once. */
static enum status nested_status;

static int ask_for_itself(int number)
{
    struct diagnosis diagnosis;
    const struct loader_request request = {.path = "/asking.o"};
    uint32_t kmid;
    if (number != 1)
        return 0;
    enum status status = loader_load(&request, &kmid, &diagnosis);
    if (status != STATUS_LOAD_REFUSED)
        nested_status = status;
    diagnosis_release(&diagnosis);
    return status == STATUS_OK ? 0 : EBUSY;
}

static int ask_single_for_itself(int number)
{
    struct diagnosis diagnosis;
    const struct loader_request request = {.path = "/asking.o", .flags = LOADER_SINGLE};
    uint32_t kmid;
    if (number == 1)
        nested_status = loader_load(&request, &kmid, &diagnosis);
    return 0;
}

static void a_load_that_requests_itself_is_refused_with_a_reason(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    loader_question = ask_for_itself;
    load_refused("/asking.o", STATUS_LOAD_REFUSED, "EBUSY");
    assert_int_equal(nested_status, STATUS_NESTED_TOO_DEEP);
    expect_equal_states(&before);
    loader_question = ask_single_for_itself;
    uint32_t kmid = load("/asking.o");
    assert_int_equal(nested_status, STATUS_SELF_REQUEST);
    unload_gone(kmid);
    expect_equal_states(&before);
}

static int ask_visibility(int number)
{
    (void)number;
    return name_space_find(&loader.names, "asked", hash_name("asked")) == NULL ? 0 : EEXIST;
}

static void names_cannot_be_seen_while_load_or_unload_runs(void **state)
{
    (void)state;
    loader_question = ask_visibility;
    uint32_t kmid = load("/asking.o");
    assert_int_not_equal(address_of("asked"), 0);
    unload_gone(kmid);
}

static const char *found_symbol;
static const char *found_extension;
static uintptr_t found_offset;

static void addresses_are_found_by_symbol_and_extension(void **state)
{
    (void)state;
    load("/p.o");
    uintptr_t address = (uintptr_t)address_of("provide");
    assert_true(loader_find_address(address + 2, &found_symbol, &found_offset, &found_extension));
    assert_string_equal(found_symbol, "provide");
    assert_int_equal(found_offset, 2);
    assert_string_equal(found_extension, "p");
    assert_false(loader_find_address(0, &found_symbol, &found_offset, &found_extension));
    assert_false(loader_find_address(UINTPTR_MAX, &found_symbol, &found_offset, &found_extension));
    assert_false(loader_find_address((uintptr_t)extension_of(1).address[0] + (3 << 12),
                                     &found_symbol, &found_offset, &found_extension));
}

/* A panic inside _load or _unload wants names too. */
static int ask_address(int number)
{
    if (!loader_find_address(loader_asked_from, &found_symbol, &found_offset, &found_extension))
        return ENOENT;
    assert_string_equal(found_symbol, number == 1 ? "_load" : "_unload");
    assert_string_equal(found_extension, "asking");
    return 0;
}

static void addresses_are_found_while_load_and_unload_run(void **state)
{
    (void)state;
    loader_question = ask_address;
    unload_gone(load("/asking.o"));
}

static void open_names_are_all_noted_with_place_and_nearest(void **state)
{
    (void)state;
    load_refused("/open.o", STATUS_UNRESOLVED, "2 of 2 imports");
    assert_non_null(strstr(last_notes(), "recordd: needed by "));
    assert_non_null(strstr(last_notes(), "; nearest: record\n"));
    assert_non_null(strstr(last_notes(), "nobody_has_this: needed by second+0x"));
    assert_non_null(strstr(last_notes(), " (.text+0x"));
}

static void an_open_weak_name_is_zero(void **state)
{
    (void)state;
    load("/weak.o");
    assert_int_equal(call("has_maybe"), 0);
}

/* As the index of an archive without members is: a load inside another one has no reserve. */
static void a_piece_of_no_bytes_is_no_lack_of_memory(void **state)
{
    (void)state;
    struct scratch outer, inner;
    scratch_init(&outer);
    scratch_init(&inner);
    assert_non_null(scratch_allocate(&outer, 0));
    assert_non_null(scratch_allocate(&inner, 0));
    scratch_release(&inner);
    scratch_release(&outer);
}

static void an_extension_may_have_neither_code_nor_data(void **state)
{
    (void)state;
    struct loader_state before;
    loader_get_state(&before);
    uint32_t kmid = load("/empty.o");
    assert_int_equal(host_live_pages(), 0);
    assert_int_equal(extension_of(kmid).address[SEGMENT_TEXT], 0);
    assert_false(loader_find_address(0, &found_symbol, &found_offset, &found_extension));
    unload_gone(kmid);
    expect_equal_states(&before);
}

static void entry_points_must_be_functions(void **state)
{
    (void)state;
    load_refused("/strange.o", STATUS_ENTRY_POINT, "_load in section");
    load_refused("/absolute.o", STATUS_ENTRY_POINT, "_unload in section");
}

static void code_of_the_large_model_is_loaded_and_runs(void **state)
{
    (void)state;
    load("/far.o");
    assert_int_equal(call("f"), 7);
    expect_events(50);
}

static void what_is_out_of_reach_is_called_by_a_stub_and_read_through_a_slot(void **state)
{
    (void)state;
    loader_choices[1] = 10;
    loader_choices[2] = 20;
    loader_choices[3] = 30;
    load("/linked.o");
    assert_int_equal(call("through_stub"), 11);
    assert_int_equal(call("through_slot"), 21);
    assert_int_equal(call("through_pointer"), 31);
    assert_int_equal(call("the_same"), 1);
}

static void files_that_cannot_be_had_are_refused(void **state)
{
    (void)state;
    char path[DIAGNOSIS_FILE_MAX + 1];
    host_process_add_file("/none", "", 0);
    host_process_add_file("/folder", NULL, 0);
    host_process_add_file("/text", "hello, world\n", 13);
    load_refused("/missing", STATUS_FILE_MISSING, "");
    assert_string_equal(last_diagnosis()->file, "/missing");
    load_refused("/none", STATUS_FILE_EMPTY, "");
    load_refused("/folder", STATUS_FILE_DIRECTORY, "");
    load_refused("/text", STATUS_FILE_FORMAT, "");
    load_refused("", STATUS_PATH_EMPTY, "");
    memset(path, 'x', sizeof(path));
    path[DIAGNOSIS_FILE_MAX] = '\0';
    load_refused(path, STATUS_PATH_TOO_LONG, "255");
    path[DIAGNOSIS_FILE_MAX - 1] = '\0';
    load_refused(path, STATUS_FILE_MISSING, "");
    assert_string_equal(last_diagnosis()->file, path);
}

static void an_object_of_the_other_mode_is_refused(void **state)
{
    (void)state;
    load_refused("/narrow.o", STATUS_ELF_MODE, "it is for i386, this kernel is x86_64");
}

/* Archives of the compiled objects a.o (64-bit), b.o (32-bit) and c.o (64-bit). */
static void add_archive(const char *path, const char *flags, const char *members)
{
    scratch_free(scratch_compile(COMPILE_64, "a.o", "int in_a;"));
    scratch_free(scratch_compile(COMPILE_32, "b_with_a_long_name.o", "int in_b;"));
    scratch_free(scratch_compile(COMPILE_64, "c_with_a_long_name.o", "int in_c;"));
    scratch_run("rm -f x.a && $AR %s x.a %s", flags, members);
    struct span archive = scratch_read("x.a");
    host_process_add_file(path, archive.bytes, archive.size);
    scratch_free(archive);
}

static void the_first_member_of_the_kernels_mode_is_taken(void **state)
{
    (void)state;
    add_archive("/lib/x.a", "rcsD", "b_with_a_long_name.o c_with_a_long_name.o a.o");
    uint32_t kmid = load("/lib/x.a");
    assert_string_equal(extension_of(kmid).member, "c_with_a_long_name.o");
    assert_string_equal(extension_of(kmid).path, "/lib/x.a");
    assert_int_not_equal(address_of("in_c"), 0);
    assert_int_equal(address_of("in_a"), 0);
}

static void archives_that_cannot_be_used_are_refused(void **state)
{
    (void)state;
    add_archive("/narrow.a", "rcsD", "b_with_a_long_name.o");
    load_refused("/narrow.a", STATUS_ARCHIVE_NO_MEMBER, "none of 1 members");
    add_archive("/thin.a", "rcsDT", "a.o");
    load_refused("/thin.a", STATUS_ARCHIVE_THIN, "");
    add_archive("/x.a", "rcSD", "a.o");
    struct span archive = scratch_read("x.a");
    host_process_add_file("/cut.a", archive.bytes, archive.size - 100);
    load_refused("/cut.a", STATUS_ARCHIVE_CUT, "file ends at");
    ((uint8_t *)archive.bytes)[8 + 60 + EI_VERSION] = 9;
    host_process_add_file("/bad.a", archive.bytes, archive.size);
    load_refused("/bad.a", STATUS_ELF_IDENTITY_VERSION, "");
    assert_string_equal(last_diagnosis()->member, "a.o");
    scratch_free(archive);
}

static void add_sample(const char *path, void (*change)(struct elf_builder *elf))
{
    struct elf_builder elf;
    sample_open(&elf, true);
    elf_close(&elf);
    change(&elf);
    struct span file = elf_file(&elf);
    host_process_add_file(path, file.bytes, file.size);
    elf_destroy(&elf);
}

static void rename_symbol(struct elf_builder *elf, unsigned symbol, const char *name)
{
    size_t strings = elf_section_offset(elf, ELF_STRINGS);
    size_t size = elf->sections[ELF_STRINGS].contents.size;
    for (size_t i = 1; i < size; i++) {
        if (strcmp((char *)elf->file.bytes + strings + i, name) == 0) {
            ELF_SET_SYMBOL(elf, symbol, st_name, i);
            return;
        }
    }
    fail_msg("no string %s", name);
}

/* The sample's printk becomes a name that the kernel of these tests has; its dependent goes. */
static void import_record(struct elf_builder *elf)
{
    ELF_SET_SECTION(elf, SAMPLE_FILES, sh_size, sizeof("/unix"));
    memcpy(elf->file.bytes + elf_section_offset(elf, ELF_STRINGS) +
               elf->sections[ELF_STRINGS].contents.size - sizeof("printk\0maybe"),
           "record", 6);
    elf_store(elf, elf_section_offset(elf, SAMPLE_IMPORTS) + 4, 4, hash_name("record"));
}

static void without_records(struct elf_builder *elf)
{
    import_record(elf);
    ELF_SET_SECTION(elf, SAMPLE_EXPORTS, sh_name, 0);
}

static void with_a_duplicate(struct elf_builder *elf)
{
    without_records(elf);
    rename_symbol(elf, SAMPLE_TABLE, "entry");
}

static void with_a_duplicate_record(struct elf_builder *elf)
{
    import_record(elf);
    rename_symbol(elf, SAMPLE_TABLE, "entry");
    elf_store(elf, elf_section_offset(elf, SAMPLE_EXPORTS) + 16, 4, hash_name("entry"));
}

static void with_a_private_import(struct elf_builder *elf)
{
    import_record(elf);
    ELF_SET_SECTION(elf, SAMPLE_FILES, sh_size, sizeof("/unix\0other.a(m.o)"));
    elf_store(elf, elf_section_offset(elf, SAMPLE_IMPORTS) + 8, 4, 1);
}

static void with_export_records_only_those_are_exported(void **state)
{
    (void)state;
    add_sample("/records", import_record);
    uint32_t kmid = load("/records");
    assert_int_not_equal(address_of("entry"), 0);
    assert_int_equal(address_of("version"), 0);
    unload_gone(kmid);
    add_sample("/plain", without_records);
    load("/plain");
    assert_int_not_equal(address_of("entry"), 0);
    assert_int_equal(address_of("version"), 0x12345678);
    assert_int_equal(address_of("helper"), 0);
}

static void a_name_defined_twice_in_one_object_is_refused(void **state)
{
    (void)state;
    add_sample("/twice", with_a_duplicate);
    load_refused("/twice", STATUS_SYMBOL_DUPLICATE, "entry");
    add_sample("/records", with_a_duplicate_record);
    load_refused("/records", STATUS_SYMBOL_DUPLICATE, "entry");
}

static void a_bare_name_of_a_dependent_needs_a_library_path(void **state)
{
    (void)state;
    add_sample("/private", with_a_private_import);
    load_refused("/private", STATUS_LIBPATH_MISSING, "other.a along no library path");
}

static void the_kernels_exports_have_different_names(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    struct kernel_export exports[] = {{1, "one", hash_name("one"), 0},
                                      {2, "two", hash_name("two"), 0},
                                      {3, "one", hash_name("one"), 0}};
    assert_int_equal(loader_init(exports, 3, &diagnosis), STATUS_SYMBOL_DUPLICATE);
    assert_string_equal(diagnosis.detail, "one");
    assert_string_equal(diagnosis.file, "/unix");
}

static void count_visit(const struct loader_extension *extension, void *context)
{
    uint32_t *last = context;
    assert_true(extension->kmid > *last);
    *last = extension->kmid;
}

static void listings_begin_with_the_oldest(void **state)
{
    (void)state;
    uint32_t last = 0;
    load("/p.o");
    uint32_t gone = load("/quiet.o");
    load("/u.o");
    uint32_t newest = load("/quiet.o");
    unload_gone(gone);
    loader_visit_extensions(count_visit, &last);
    assert_int_equal(last, newest);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(loading_runs_load_and_shows_names_and_unloading_takes_all_back),
        TEST(text_is_executable_constants_are_read_only_data_is_writable),
        TEST(thousand_cycles_leave_the_state_as_it_was),
        TEST(kmids_are_never_used_again),
        TEST(entry_points_are_never_global),
        TEST(the_newest_instance_is_bound_and_older_importers_keep_theirs),
        TEST(an_older_definition_shows_again_when_the_newer_goes),
        TEST(a_used_extension_stays_and_goes_with_its_last_user),
        TEST(an_extension_with_requests_stays_when_its_user_goes),
        TEST(a_chain_goes_from_its_end),
        TEST(single_loads_count_requests_for_the_newest_instance),
        TEST(a_load_count_does_not_wrap),
        TEST(an_error_of_load_undoes_everything_and_is_reported),
        TEST(an_error_of_unload_keeps_the_extension_whole),
        TEST(a_swept_extension_that_refuses_stays_until_the_next_sweep),
        TEST(unknown_kmids_and_the_kernels_are_refused),
        TEST(requests_from_inside_load_and_unload_work),
        TEST(a_failed_load_takes_back_what_it_asked_for),
        TEST(a_load_that_requests_itself_is_refused_with_a_reason),
        TEST(names_cannot_be_seen_while_load_or_unload_runs),
        TEST(addresses_are_found_by_symbol_and_extension),
        TEST(addresses_are_found_while_load_and_unload_run),
        TEST(open_names_are_all_noted_with_place_and_nearest),
        TEST(an_open_weak_name_is_zero),
        TEST(a_piece_of_no_bytes_is_no_lack_of_memory),
        TEST(an_extension_may_have_neither_code_nor_data),
        TEST(entry_points_must_be_functions),
        TEST(code_of_the_large_model_is_loaded_and_runs),
        TEST(what_is_out_of_reach_is_called_by_a_stub_and_read_through_a_slot),
        TEST(files_that_cannot_be_had_are_refused),
        TEST(an_object_of_the_other_mode_is_refused),
        TEST(the_first_member_of_the_kernels_mode_is_taken),
        TEST(archives_that_cannot_be_used_are_refused),
        TEST(with_export_records_only_those_are_exported),
        TEST(a_name_defined_twice_in_one_object_is_refused),
        TEST(a_bare_name_of_a_dependent_needs_a_library_path),
        TEST(the_kernels_exports_have_different_names),
        TEST(listings_begin_with_the_oldest),
    };
    return cmocka_run_group_tests_name("loader", tests, start_group, stop_group);
}
