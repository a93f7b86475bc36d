/*
 * Conformance to the AIX reference, section 4: dependent modules, library paths, archives; and the
 * two-level binding of section 3.2.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/live/notes.h"
#include "loader/live/state.h"
#include "loader/live/load.h"
#include "tests/host/host_elf.h"
#include "tests/host/host_modules.h"
#include "tests/host/host_process.h"
#include "tests/host/support.h"

static uint32_t load_along(const char *path, const char *libpath)
{
    return load_by(&(const struct loader_request){.path = path, .libpath = libpath});
}

static void refused_along(const char *path, const char *libpath, enum status status,
                          const char *detail)
{
    load_refused_by(&(const struct loader_request){.path = path, .libpath = libpath}, status,
                    detail);
}

/* Asserts what the last failure was about, and that a note says this. */
static void expect_failure_of(const char *file, const char *member, const char *note)
{
    assert_string_equal(last_diagnosis()->file, file);
    assert_string_equal(last_diagnosis()->member, member);
    if (strstr(last_notes(), note) == NULL)
        fail_msg("no \"%s\" in: %s", note, last_notes());
}

static size_t instances(void)
{
    struct loader_state state;
    loader_get_state(&state);
    return state.instances;
}

/* 3.2: "the loader looks only there; there is no global first-match search". */
static void an_import_is_looked_for_in_its_own_file_only(void **state)
{
    (void)state;
    MODULE("/a", .exports = "same only_a");
    MODULE("/b", .exports = "same only_b");
    MODULE("/global", .exports = "same only_global");
    MODULE("/x", .imports = "/a:same /b:same /unix:same");
    load("/global");
    uint32_t x = load("/x");
    uint64_t global = address_of("same");
    assert_int_equal(bound_address(x, 2), global);
    assert_int_not_equal(bound_address(x, 0), bound_address(x, 1));
    assert_int_not_equal(bound_address(x, 0), global);
    assert_int_not_equal(bound_address(x, 1), global);
    MODULE("/y", .imports = "/a:only_b /b:only_b");
    load_refused("/y", STATUS_UNRESOLVED_DEPENDENT, "1 of 2 imports");
    MODULE("/z", .imports = "/a:only_global");
    load_refused("/z", STATUS_UNRESOLVED_DEPENDENT, "1 of 1 imports");
    MODULE("/w", .imports = "/a:same /unix:only_a");
    load_refused("/w", STATUS_UNRESOLVED, "1 of 2 imports");
}

/* 8: "all missing symbols are listed, not only the first", each with the file it was wanted of. */
static void every_missing_symbol_is_told_with_its_file(void **state)
{
    (void)state;
    MODULE("/a", .exports = "a");
    MODULE("/x", .imports = "/a:one /unix:two /a:three /a:a");
    load_refused("/x", STATUS_UNRESOLVED, "3 of 4 imports");
    expect_failure_of("/x", "", "one: not exported by /a");
    expect_failure_of("/x", "", "two: needed by");
    expect_failure_of("/x", "", "three: not exported by /a");
}

/* 4: "once per load, however many modules want it" (a diamond). */
static void a_dependent_is_loaded_once_per_load(void **state)
{
    (void)state;
    MODULE("/bottom", .id = 1, .exports = "bottom");
    MODULE("/left", .id = 2, .exports = "left", .imports = "/bottom:bottom");
    MODULE("/right", .id = 3, .exports = "right", .imports = "/bottom:bottom");
    MODULE("/x", .id = 4, .imports = "/left:left /right:right /bottom:bottom");
    uint32_t x = load("/x");
    assert_int_equal(instances(), 4);
    expect_counts(dependent_of(x, "/bottom", NULL), 0, 3);
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2), EVENT_LOAD(3), EVENT_LOAD(4));
    assert_int_equal(bound_call(x, 2), 1);
    assert_int_equal(bound_call(dependent_of(x, "/left", NULL), 0), 2);
    assert_int_equal(bound_call(dependent_of(x, "/right", NULL), 0), 3);
    unload_gone(x);
    assert_int_equal(instances(), 0);
}

/* 4: mutual dependence of two. */
static void two_dependents_may_need_each_other(void **state)
{
    (void)state;
    MODULE("/a", .id = 1, .exports = "a", .imports = "/b:b");
    MODULE("/b", .id = 2, .exports = "b", .imports = "/a:a");
    MODULE("/x", .id = 3, .imports = "/a:a /b:b");
    uint32_t x = load("/x");
    uint32_t a = dependent_of(x, "/a", NULL);
    uint32_t b = dependent_of(x, "/b", NULL);
    assert_int_equal(bound_address(b, 0), bound_address(x, 0));
    assert_int_equal(bound_address(a, 0), bound_address(x, 1));
    expect_counts(a, 0, 2);
    expect_counts(b, 0, 2);
    unload_gone(x);
    assert_int_equal(instances(), 0);
}

/* 4: a circle of `count` objects, /c0 (the primary) to the last; each imports the next. */
static void add_circle(int count)
{
    for (int i = 0; i < count; i++) {
        char path[16], imports[32], exports[16];
        snprintf(path, sizeof(path), "/c%d", i);
        snprintf(exports, sizeof(exports), "c%d", i);
        snprintf(imports, sizeof(imports), "/c%d:c%d", (i + 1) % count, (i + 1) % count);
        MODULE(path, .id = i + 1, .exports = exports, .imports = imports);
    }
}

static void expect_circle(int count)
{
    struct loader_state before;
    loader_get_state(&before);
    loader_forget_events();
    add_circle(count);
    uint32_t primary = load("/c0");
    assert_int_equal(instances(), count);
    for (int i = 0; i < count; i++) {
        char path[16];
        snprintf(path, sizeof(path), "/c%d", i);
        uint32_t kmid = i == 0 ? primary : dependent_of(primary, path, NULL);
        /* An object that imports from itself does not use itself. */
        expect_counts(kmid, i == 0 ? 1 : 0, count == 1 ? 0 : 1);
        assert_int_equal(bound_call(kmid, 0), 1);
    }
    unload_gone(primary);
    expect_equal_states(&before);
}

static void circles_may_go_through_the_primary(void **state)
{
    (void)state;
    expect_circle(1);
    expect_circle(2);
    expect_circle(3);
    expect_circle(5);
    expect_circle(50);
}

/* 4: in a cycle the objects are started as they were met, and stopped in reverse. */
static void a_cycle_is_started_as_it_was_met_and_stopped_in_reverse(void **state)
{
    (void)state;
    add_circle(3);
    unload_gone(load("/c0"));
    expect_events(EVENT_LOAD(3), EVENT_LOAD(2), EVENT_LOAD(1), EVENT_UNLOAD(1), EVENT_UNLOAD(2),
                  EVENT_UNLOAD(3));
}

/* 4: "another extension gets its own second copy, with its own data". */
static void a_second_extension_gets_its_own_copy_with_its_own_data(void **state)
{
    (void)state;
    MODULE("/d", .id = 1, .exports = "d");
    MODULE("/x", .id = 2, .imports = "/d:d");
    MODULE("/y", .id = 3, .imports = "/d:d");
    uint32_t x = load("/x");
    uint32_t y = load("/y");
    assert_int_not_equal(dependent_of(x, "/d", NULL), dependent_of(y, "/d", NULL));
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2), EVENT_LOAD(1), EVENT_LOAD(3));
    assert_int_equal(bound_call(x, 0), 1);
    assert_int_equal(bound_call(x, 0), 2);
    assert_int_equal(bound_call(y, 0), 1);
    unload_gone(x);
    assert_int_equal(bound_call(y, 0), 2);
}

/* 4: "two loads of one primary also give two sets". */
static void a_second_load_of_one_primary_makes_a_second_set(void **state)
{
    (void)state;
    MODULE("/d", .exports = "d");
    MODULE("/x", .imports = "/d:d");
    uint32_t first = load("/x");
    uint32_t second = load("/x");
    assert_int_equal(instances(), 4);
    assert_int_not_equal(bound_address(first, 0), bound_address(second, 0));
    unload_gone(first);
    assert_int_equal(instances(), 2);
    /* A request for the one that is loaded makes none. */
    load_by(&(const struct loader_request){.path = "/x", .flags = LOADER_SINGLE});
    assert_int_equal(instances(), 2);
}

/* 4: an extension that was loaded for itself is not taken for a dependent. */
static void a_loaded_extension_of_the_same_path_is_not_shared(void **state)
{
    (void)state;
    MODULE("/d", .exports = "d");
    MODULE("/x", .imports = "/d:d");
    uint32_t d = load("/d");
    uint32_t x = load("/x");
    assert_int_not_equal(dependent_of(x, "/d", NULL), 0);
    assert_int_not_equal(bound_address(x, 0), address_of("d"));
    expect_counts(d, 1, 0);
}

/* 4: "exports visible only to the primary and that primary's other dependents". */
static void exports_of_dependents_are_visible_in_their_group_only(void **state)
{
    (void)state;
    MODULE("/d", .exports = "d");
    MODULE("/e", .exports = "e", .imports = "/d:d");
    MODULE("/x", .imports = "/e:e");
    MODULE("/user", .imports = "/unix:d");
    MODULE("/y", .imports = "/f:e");
    MODULE("/f", .exports = "f");
    uint32_t x = load("/x");
    assert_int_not_equal(bound_address(dependent_of(x, "/e", NULL), 0), 0);
    load_refused("/user", STATUS_UNRESOLVED, "");
    load_refused("/y", STATUS_UNRESOLVED_DEPENDENT, "");
    assert_int_equal(address_of("d"), 0);
    assert_int_equal(address_of("e"), 0);
}

/* 4: a dependent imports from /unix like anybody. */
static void a_dependent_may_import_from_unix(void **state)
{
    (void)state;
    MODULE("/p", .exports = "p");
    MODULE("/d", .exports = "d", .imports = "/unix:p");
    MODULE("/x", .imports = "/d:d");
    uint32_t p = load("/p");
    uint32_t x = load("/x");
    assert_int_equal(bound_address(dependent_of(x, "/d", NULL), 0), address_of("p"));
    expect_counts(p, 1, 1);
    assert_false(unload(p).is_gone);
    unload_gone(x);
    assert_false(is_loaded(p));
}

/* 4: the name is used directly when it has a /: no library path is looked along. */
static void a_name_with_a_slash_is_used_directly(void **state)
{
    (void)state;
    MODULE("/lib/sub/d", .exports = "d");
    MODULE("sub/d", .exports = "d");
    MODULE("/x", .imports = "sub/d:d", .libpath = "/lib");
    uint32_t x = load_along("/x", "/lib");
    assert_int_not_equal(dependent_of(x, "sub/d", NULL), 0);
}

/* 4: "each dependent is loaded a single time", "identity within a load: resolved path plus member name". */
static void the_same_file_by_two_spellings_is_one_dependent(void **state)
{
    (void)state;
    MODULE("/lib/d", .exports = "d");
    ARCHIVE("/lib/d.a", {.name = "m", .module = {.exports = "m"}});
    MODULE("/e", .exports = "e", .imports = "d:d", .libpath = "/lib");
    MODULE("/x", .exports = "x",
           .imports = "/./lib/d:d /lib/d:d /lib/d.a(m):m /././lib/d.a(m):m /e:e /./x:x");
    uint32_t x = load("/x");
    assert_int_equal(instances(), 4);
    assert_int_equal(bound_address(x, 0), bound_address(x, 1));
    assert_int_equal(bound_address(x, 2), bound_address(x, 3));
    /* It is called as it was called first, a bare name leads to it, and the primary is one of them. */
    assert_int_not_equal(dependent_of(x, "/./lib/d", NULL), 0);
    assert_int_equal(bound_address(dependent_of(x, "/e", NULL), 0), bound_address(x, 0));
    assert_int_not_equal(bound_address(x, 5), 0);
    unload_gone(x);
    /* Another load has its own. */
    x = load("/x");
    uint32_t other = load("/x");
    assert_int_not_equal(bound_address(x, 0), bound_address(other, 0));
}

/* 4: path(member): members of one archive are objects of their own. */
static void a_dependent_names_its_member(void **state)
{
    (void)state;
    ARCHIVE("/lib.a", {.name = "a", .module = {.exports = "a", .imports = "/lib.a(b):b"}},
            {.name = "b", .module = {.exports = "b", .imports = "/lib.a(a):a"}},
            {.name = "c", .module = {.exports = "c"}});
    MODULE("/x", .imports = "/lib.a(b):b /lib.a(a):a");
    uint32_t x = load("/x");
    assert_int_equal(instances(), 3);
    assert_int_not_equal(dependent_of(x, "/lib.a", "a"), 0);
    assert_int_not_equal(dependent_of(x, "/lib.a", "b"), 0);
    assert_int_equal(dependent_of(x, "/lib.a", "c"), 0);
    unload_gone(x);
}

/* 4: of an archive that was loaded explicitly, the member taken may be named by its dependents. */
static void a_dependent_may_name_the_primarys_member(void **state)
{
    (void)state;
    ARCHIVE("/x.a", {.name = "x32", .module = {.is_narrow = true, .exports = "x"}},
            {.name = "x64", .module = {.exports = "x", .imports = "/x.a(part):part"}},
            {.name = "part", .module = {.exports = "part", .imports = "/x.a(x64):x"}});
    uint32_t x = load("/x.a");
    assert_int_equal(instances(), 2);
    assert_string_equal(extension_of(x).member, "x64");
    assert_int_equal(bound_address(dependent_of(x, "/x.a", "part"), 0), address_of("x"));
}

/* 4, 8: "missing archive, missing member and bad format are separate messages". */
static void what_is_wrong_with_a_dependent_is_told_apart(void **state)
{
    (void)state;
    ARCHIVE("/lib.a", {.name = "a", .module = {.exports = "a"}},
            {.name = "narrow", .module = {.is_narrow = true, .exports = "a"}},
            {.name = "notes", .text = "no object\n"});
    MODULE("/narrow", .is_narrow = true, .exports = "a");
    host_process_add_file("/text", "hello\n", 6);
    host_process_add_file("/none", "", 0);
    host_process_add_file("/folder", NULL, 0);
    static const struct {
        const char *import;
        enum status status;
        const char *file, *member;
    } cases[] = {
        {"/missing:a", STATUS_FILE_MISSING, "/missing", ""},
        {"/missing.a(a):a", STATUS_FILE_MISSING, "/missing.a", ""},
        {"/folder:a", STATUS_FILE_DIRECTORY, "/folder", ""},
        {"/none:a", STATUS_FILE_EMPTY, "/none", ""},
        {"/text:a", STATUS_FILE_FORMAT, "/text", ""},
        {"/narrow:a", STATUS_ELF_MODE, "/narrow", ""},
        {"/narrow(a):a", STATUS_MEMBER_MISSING, "/narrow", "a"},
        {"/lib.a(b):a", STATUS_MEMBER_MISSING, "/lib.a", "b"},
        {"/lib.a(narrow):a", STATUS_ELF_MODE, "/lib.a", "narrow"},
        {"/lib.a(notes):a", STATUS_ELF_MODE, "/lib.a", "notes"},
        {"/lib.a:a", STATUS_MEMBER_UNNAMED, "/lib.a", ""},
        {"/lib.a():a", STATUS_IMPORT_FILE, "/needy", ""},
        {"(a):a", STATUS_IMPORT_FILE, "/needy", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        MODULE("/needy", .exports = "needy", .imports = cases[i].import);
        MODULE("/x", .id = 1, .imports = "/needy:needy");
        load_refused("/x", cases[i].status, "");
        bool is_the_name = cases[i].status == STATUS_IMPORT_FILE;
        expect_failure_of(cases[i].file, cases[i].member, is_the_name ? "" : "needed by /needy");
        expect_failure_of(cases[i].file, cases[i].member, is_the_name ? "" : "needed by /x");
    }
    expect_no_events();
}

/* 1.1, 4: what callers get that understand errno only; left open by the documents, decided. */
static void refusals_have_an_errno(void **state)
{
    (void)state;
    ARCHIVE("/lib.a", {.name = "narrow", .module = {.is_narrow = true, .exports = "a"}});
    MODULE("/d", .exports = "d");
    static const struct {
        const char *import;
        int error;
    } cases[] = {
        {"/unix:nobody", ENOEXEC}, {"/d:nobody", ENOEXEC},        {"/missing:a", ENOENT},
        {"bare:a", ENOENT},        {"/lib.a(missing):a", ENOENT}, {"/lib.a(narrow):a", ENOEXEC},
        {"/lib.a:a", EINVAL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint32_t kmid;
        struct diagnosis diagnosis;
        MODULE("/x", .imports = cases[i].import);
        assert_int_not_equal(
            loader_load(&(const struct loader_request){.path = "/x"}, &kmid, &diagnosis),
            STATUS_OK);
        assert_int_equal(diagnosis.error, cases[i].error);
        diagnosis_release(&diagnosis);
    }
    load_refused("/lib.a", STATUS_ARCHIVE_NO_MEMBER, "");
    assert_int_equal(last_diagnosis()->error, ENOEXEC);
}

/* 3.1, decided: a weak import that its file does not export is 0, and nothing is used by it. */
static void a_weak_import_that_its_file_does_not_export_is_0(void **state)
{
    (void)state;
    MODULE("/d", .exports = "d");
    MODULE("/x", .imports = "/d:maybe? /unix:maybe? /d:d?");
    MODULE("/global", .exports = "maybe");
    load("/global");
    uint32_t x = load("/x");
    assert_int_equal(bound_address(x, 0), 0);
    assert_int_equal(bound_address(x, 1), address_of("maybe"));
    assert_int_equal(bound_call(x, 2), 1);
    unload_gone(x);
    MODULE("/x", .imports = "/missing:maybe?");
    load_refused("/x", STATUS_FILE_MISSING, "");
}

/* 4: "failure of any dependent fails the whole load; nothing stays loaded". */
static void a_dependent_whose_load_refuses_fails_the_whole_load(void **state)
{
    (void)state;
    MODULE("/a", .id = 1, .exports = "a");
    MODULE("/b", .id = 2, .exports = "b", .imports = "/a:a");
    MODULE("/x", .id = 3, .imports = "/b:b");
    on_event(EVENT_LOAD(2), refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    expect_failure_of("/b", "", "");
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2), EVENT_UNLOAD(1));
    assert_int_equal(instances(), 0);
}

/* Decided: in a roll-back there is nothing to go back to, so a refusal is not honoured. */
static void an_unload_that_refuses_in_a_roll_back_is_not_honoured(void **state)
{
    (void)state;
    MODULE("/d", .id = 1, .exports = "d");
    MODULE("/x", .id = 2, .imports = "/d:d");
    on_event(EVENT_UNLOAD(1), refuse);
    on_event(EVENT_LOAD(2), refuse);
    load_refused("/x", STATUS_LOAD_REFUSED, "EBUSY");
    expect_failure_of("/x", "", "");
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2), EVENT_UNLOAD(1));
    assert_int_equal(instances(), 0);
}

/* 1.1, 4, 10.1 (decided): whose library path finds a bare name. */
static void the_requests_library_path_comes_before_any_other(void **state)
{
    (void)state;
    MODULE("/given/d", .id = 1, .exports = "d");
    MODULE("/own/d", .id = 2, .exports = "d");
    MODULE("/primary/d", .id = 3, .exports = "d");
    MODULE("/e", .exports = "e", .imports = "d:d", .libpath = "/own");
    MODULE("/x", .imports = "/e:e", .libpath = "/primary");
    load_along("/x", "/given");
    expect_events(EVENT_LOAD(1));
}

static void else_the_importing_objects_own_library_path_counts(void **state)
{
    (void)state;
    MODULE("/own/d", .id = 2, .exports = "d");
    MODULE("/primary/d", .id = 3, .exports = "d");
    MODULE("/e", .exports = "e", .imports = "d:d", .libpath = "/own");
    MODULE("/x", .imports = "/e:e", .libpath = "/primary");
    load("/x");
    expect_events(EVENT_LOAD(2));
}

static void else_the_primarys_library_path_counts(void **state)
{
    (void)state;
    MODULE("/primary/d", .id = 3, .exports = "d");
    MODULE("/e", .exports = "e", .imports = "d:d");
    MODULE("/x", .imports = "/e:e", .libpath = "/primary");
    load("/x");
    expect_events(EVENT_LOAD(3));
}

static void without_any_library_path_a_bare_name_is_not_found(void **state)
{
    (void)state;
    MODULE("d", .exports = "d");
    MODULE("/d", .exports = "d");
    MODULE("/x", .imports = "d:d");
    load_refused("/x", STATUS_LIBPATH_MISSING, "d along no library path");
}

/* 4: a recorded path that does not have the file is not helped out by another. */
static void paths_are_not_added_up(void **state)
{
    (void)state;
    MODULE("/primary/d", .exports = "d");
    MODULE("/e", .exports = "e", .imports = "d:d", .libpath = "/own");
    MODULE("/x", .imports = "/e:e", .libpath = "/primary");
    load_refused("/x", STATUS_LIBPATH_MISSING, "d along /own");
    refused_along("/x", "/given", STATUS_LIBPATH_MISSING, "d along /given");
}

/* 4: "each directory of the colon-separated library path in order". */
static void folders_of_the_library_path_are_tried_in_order(void **state)
{
    (void)state;
    host_process_add_file("/one/d", NULL, 0); /* a folder of that name is passed by */
    MODULE("/two/d", .id = 2, .exports = "d");
    MODULE("/three/d", .id = 3, .exports = "d");
    MODULE("/x", .imports = "d:d");
    load_along("/x", "/nowhere:/one:/two:/three");
    load_along("/x", "/three:/two");
    load_along("/x", "/two");
    expect_events(EVENT_LOAD(2), EVENT_LOAD(3), EVENT_LOAD(2));
}

/* Decided: the first file of the name is the one, whatever it turns out to be. */
static void the_first_file_of_the_name_is_the_one(void **state)
{
    (void)state;
    ARCHIVE("/one/lib.a", {.name = "a", .module = {.exports = "a"}});
    ARCHIVE("/two/lib.a", {.name = "b", .module = {.exports = "b"}});
    MODULE("/x", .imports = "lib.a(b):b");
    refused_along("/x", "/one:/two", STATUS_MEMBER_MISSING, "");
    expect_failure_of("/one/lib.a", "b", "needed by /x");
    uint32_t x = load_along("/x", "/two:/one");
    assert_int_not_equal(dependent_of(x, "/two/lib.a", "b"), 0);
}

/* Empty and overlong parts are refused where the search comes to them. */
static void empty_parts_of_a_library_path_are_refused(void **state)
{
    (void)state;
    MODULE("/lib/d", .exports = "d");
    MODULE("/x", .imports = "d:d");
    static const char *const wrong[] = {"", ":", ":/lib", "/nowhere:", "/nowhere::/lib"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        refused_along("/x", wrong[i], STATUS_LIBPATH, "\"\" of ");
    load_along("/x", "/lib:");
    MODULE("/y", .imports = "d:d", .libpath = "");
    load_refused("/y", STATUS_LIBPATH, "");
}

/* The last folder that counts has the file, and one more is one too many. */
static void a_library_path_has_a_limit_of_folders(void **state)
{
    (void)state;
    char folders[3 * (LOAD_FOLDERS_MAX + 1)] = "";
    for (unsigned i = 0; i < LOAD_FOLDERS_MAX - 1; i++)
        strcat(folders, "/a:");
    strcat(folders, "/b");
    MODULE("/b/d", .exports = "d");
    MODULE("/x", .imports = "d:d");
    uint32_t x = load_along("/x", folders);
    assert_int_not_equal(dependent_of(x, "/b/d", NULL), 0);
    unload_gone(x);
    memcpy(folders + strlen(folders) - 1, "a:/b", sizeof("a:/b"));
    refused_along("/x", folders, STATUS_LIBPATH_LIMIT, "\"/b\" of /a:/a:");
}

#define LONG_FOLDER 200
/* Of all paths at which d is looked for. */
#define SEARCH_BYTES ((LOAD_FOLDERS_MAX - 1) * (LONG_FOLDER + sizeof("/d")) + sizeof("/b/d"))

/* An object with so many import files d, which is in the last folder of a path as long as may be. */
static void add_bare_names(const char *path, unsigned count)
{
    char files[2 * LOAD_DEPENDENTS_MAX];
    char link[LOAD_FOLDERS_MAX * LONG_FOLDER + 16] = "libpath=";
    struct elf_builder elf;
    for (unsigned i = 0; i < LOAD_FOLDERS_MAX - 1; i++)
        sprintf(link + strlen(link), "/%0*d:", LONG_FOLDER - 1, 0);
    strcat(link, "/b");
    for (unsigned i = 0; i < count; i++)
        memcpy(files + (size_t)2 * i, "d", 2);
    elf_open(&elf, true);
    elf_add_section(&elf, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "x", 1);
    elf_add_section(&elf, ".mod.link", SHT_PROGBITS, 0, link, strlen(link) + 1);
    elf_add_section(&elf, ".mod.files", SHT_PROGBITS, 0, files, (size_t)2 * count);
    elf_close(&elf);
    host_process_add_file(path, elf_file(&elf).bytes, elf_file(&elf).size);
    elf_destroy(&elf);
}

/* For all bare names of a load together: the primary's and those of what it needs. */
static void the_paths_that_a_load_tries_have_a_limit(void **state)
{
    (void)state;
    const unsigned most = LOAD_SEARCH_BYTES_MAX / SEARCH_BYTES;
    MODULE("/b/d", .exports = "d");
    add_bare_names("/x", most);
    unload_gone(load("/x"));
    add_bare_names("/x", most + 1);
    load_refused("/x", STATUS_LIBPATH_SEARCHES, "\"/000");
    add_bare_names("/b/d", 1);
    add_bare_names("/x", most);
    load_refused("/x", STATUS_LIBPATH_SEARCHES, "\"/000");
    expect_failure_of("/b/d", "", "");
    add_bare_names("/x", most - 1);
    unload_gone(load("/x"));
}

static void overlong_parts_of_a_library_path_are_refused(void **state)
{
    (void)state;
    char folder[DIAGNOSIS_FILE_MAX + 8];
    char path[DIAGNOSIS_FILE_MAX + 16];
    memset(folder, 'x', sizeof(folder));
    folder[0] = '/';
    folder[DIAGNOSIS_FILE_MAX - 2] = '\0';
    MODULE("/x", .imports = "d:d");
    refused_along("/x", folder, STATUS_LIBPATH, "\"/xxx");
    folder[DIAGNOSIS_FILE_MAX - 3] = '\0';
    refused_along("/x", folder, STATUS_LIBPATH_MISSING, "");
    snprintf(path, sizeof(path), "%s/d", folder);
    assert_int_equal(strlen(path), DIAGNOSIS_FILE_MAX - 1);
    MODULE(path, .exports = "d");
    uint32_t x = load_along("/x", folder);
    assert_int_not_equal(dependent_of(x, path, NULL), 0);
}

static void overlong_names_of_import_files_are_refused(void **state)
{
    (void)state;
    char import[2 * DIAGNOSIS_FILE_MAX];
    for (size_t length = DIAGNOSIS_FILE_MAX - 1; length <= DIAGNOSIS_FILE_MAX; length++) {
        memset(import, 'x', sizeof(import));
        import[0] = '/';
        strcpy(import + length, ":d");
        MODULE("/x", .imports = import);
        load_refused("/x", length == DIAGNOSIS_FILE_MAX ? STATUS_IMPORT_FILE : STATUS_FILE_MISSING,
                     "");
    }
    memset(import, 'x', sizeof(import));
    memcpy(import, "/x(", 3);
    strcpy(import + 3 + DIAGNOSIS_MEMBER_MAX, "):d");
    MODULE("/x", .imports = import);
    load_refused("/x", STATUS_IMPORT_FILE, "");
}

/* 4, dual-mode archives: "the first member whose object mode matches the kernel's", in their order. */
static void an_explicit_load_takes_the_first_member_of_the_mode(void **state)
{
    (void)state;
    ARCHIVE("/x.a", {.name = "readme", .text = "not an object\n"},
            {.name = "first32", .module = {.is_narrow = true, .exports = "x"}},
            {.name = "first64", .module = {.exports = "x"}},
            {.name = "second64", .module = {.exports = "y"}});
    uint32_t x = load("/x.a");
    assert_string_equal(extension_of(x).member, "first64");
    assert_int_equal(address_of("y"), 0);
    assert_int_equal(instances(), 1);
    assert_int_equal(loader_query("/x.a"), x);
    assert_int_equal(loader_query("/x.a(first64)"), 0);
}

/* 4: "an archive with only a 32-bit member fails to load". */
static void an_archive_without_a_member_of_the_mode_is_refused(void **state)
{
    (void)state;
    ARCHIVE("/x.a", {.name = "a", .module = {.is_narrow = true, .exports = "x"}},
            {.name = "readme", .text = "not an object\n"});
    load_refused("/x.a", STATUS_ARCHIVE_NO_MEMBER, "none of 2 members");
    archive_add("/empty.a", NULL, 0);
    load_refused("/empty.a", STATUS_ARCHIVE_NO_MEMBER, "none of 0 members");
}

static void an_archive_inside_an_archive_is_not_looked_into(void **state)
{
    (void)state;
    ARCHIVE("/nested.a", {.name = "inner.a", .text = "!<arch>\n"},
            {.name = "thin.a", .text = "!<thin>\n"}, {.name = "readme", .text = "text\n"});
    load_refused(
        "/nested.a", STATUS_ARCHIVE_NO_MEMBER,
        "none of 3 members is a relocatable object with code or data for x86_64, and 2 archives "
        "in it are not looked into");
    ARCHIVE("/mixed.a", {.name = "inner.a", .text = "!<arch>\n"},
            {.name = "x", .module = {.exports = "x"}});
    assert_string_equal(extension_of(load("/mixed.a")).member, "x");
}

/* Decided: what Rust's compiler puts into its archives first, lib.rmeta, is such a member. */
static void a_member_that_holds_nothing_to_load_is_passed_over(void **state)
{
    (void)state;
    ARCHIVE("/x.a", {.name = "lib.rmeta", .module = {.is_hollow = true}},
            {.name = "first", .module = {.exports = "x"}},
            {.name = "second", .module = {.exports = "y"}});
    assert_string_equal(extension_of(load("/x.a")).member, "first");
    ARCHIVE("/hollow.a", {.name = "lib.rmeta", .module = {.is_hollow = true}});
    load_refused("/hollow.a", STATUS_ARCHIVE_NO_MEMBER,
                 "none of 1 members is a relocatable object with code or data for x86_64");
}

static void what_is_named_may_hold_nothing_to_load(void **state)
{
    (void)state;
    ARCHIVE("/x.a", {.name = "a", .module = {.is_hollow = true}},
            {.name = "a", .module = {.id = 1, .exports = "a"}});
    MODULE("/user", .imports = "/x.a(a)");
    MODULE("/hollow", .is_hollow = true);
    assert_int_not_equal(dependent_of(load("/user"), "/x.a", "a"), 0);
    load("/hollow");
    expect_no_events();
}

static void note_places(const struct loader_symbol *definition UNUSED,
                        const struct loader_extension *user, uint32_t places, void *context)
{
    if (user != NULL)
        *(uint32_t *)context = places;
}

/* The member that is read again for it is the one that was loaded. */
static void places_are_counted_in_the_member_that_was_chosen(void **state)
{
    (void)state;
    uint32_t places = 0;
    MODULE("/x", .exports = "x");
    ARCHIVE("/user.a", {.name = "a", .module = {.is_hollow = true, .imports = "/unix:x"}},
            {.name = "a", .module = {.id = 1, .imports = "/unix:x"}});
    load("/x");
    load("/user.a");
    loader_visit_bindings("x", note_places, &places);
    assert_int_equal(places, 1);
}

/* Decided: of two members of one name a dependent gets the one of the kernel's mode. */
static void of_two_members_of_one_name_the_one_of_the_mode_is_taken(void **state)
{
    (void)state;
    ARCHIVE("/lib.a", {.name = "shr.o", .module = {.is_narrow = true, .exports = "a"}},
            {.name = "shr.o", .module = {.exports = "a"}});
    MODULE("/x", .imports = "/lib.a(shr.o):a");
    uint32_t x = load("/x");
    assert_int_equal(bound_call(x, 0), 1);
}

/* 4: "only the explicitly loaded file gets this": path(member) is no path for a request. */
static void a_request_names_a_file_not_a_member(void **state)
{
    (void)state;
    ARCHIVE("/x.a", {.name = "a", .module = {.exports = "a"}});
    load_refused("/x.a(a)", STATUS_FILE_MISSING, "");
}

/* 3.2: a file that is listed is a dependent even when no symbol of it is imported. */
static void a_listed_file_is_loaded_though_nothing_is_imported_from_it(void **state)
{
    (void)state;
    MODULE("/d", .id = 1, .exports = "d");
    MODULE("/x", .id = 2, .imports = "/d");
    uint32_t x = load("/x");
    expect_counts(dependent_of(x, "/d", NULL), 0, 0);
    unload_gone(x);
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2), EVENT_UNLOAD(2), EVENT_UNLOAD(1));
}

/* Decided: dependents are started first and stopped last. */
static void load_runs_in_dependents_first_and_unload_in_reverse(void **state)
{
    (void)state;
    MODULE("/a", .id = 1, .exports = "a");
    MODULE("/b", .id = 2, .exports = "b", .imports = "/a:a");
    MODULE("/c", .id = 3, .exports = "c", .imports = "/b:b /a:a");
    MODULE("/x", .id = 4, .imports = "/a:a /c:c");
    unload_gone(load("/x"));
    expect_events(EVENT_LOAD(1), EVENT_LOAD(2), EVENT_LOAD(3), EVENT_LOAD(4), EVENT_UNLOAD(4),
                  EVENT_UNLOAD(3), EVENT_UNLOAD(2), EVENT_UNLOAD(1));
}

/* 1.4: "on error nothing is unloaded". */
static void add_three(void)
{
    MODULE("/a", .id = 1, .exports = "a");
    MODULE("/b", .id = 2, .exports = "b", .imports = "/a:a");
    MODULE("/x", .id = 3, .exports = "x", .imports = "/b:b");
}

static void an_unload_that_the_primary_refuses_stops_nobody(void **state)
{
    (void)state;
    struct loader_state before;
    add_three();
    uint32_t x = load("/x");
    loader_get_state(&before);
    loader_forget_events();
    on_event(EVENT_UNLOAD(3), refuse);
    assert_int_equal(ask_unload(x), STATUS_UNLOAD_REFUSED);
    expect_events(EVENT_UNLOAD(3));
    expect_equal_states(&before);
    assert_int_not_equal(address_of("x"), 0);
}

static void an_unload_that_a_dependent_refuses_starts_the_others_again(void **state)
{
    (void)state;
    struct loader_state before;
    add_three();
    uint32_t x = load("/x");
    loader_get_state(&before);
    loader_forget_events();
    on_event(EVENT_UNLOAD(1), refuse);
    assert_int_equal(ask_unload(x), STATUS_UNLOAD_REFUSED);
    expect_events(EVENT_UNLOAD(3), EVENT_UNLOAD(2), EVENT_UNLOAD(1), EVENT_LOAD(2), EVENT_LOAD(3));
    expect_equal_states(&before);
    assert_int_not_equal(address_of("x"), 0);
    on_event(EVENT_UNLOAD(1), NULL);
    loader_forget_events();
    unload_gone(x);
    expect_events(EVENT_UNLOAD(3), EVENT_UNLOAD(2), EVENT_UNLOAD(1));
}

/* Decided: one that cannot be started again stays stopped, and is not stopped twice. */
static void what_could_not_be_started_again_is_not_stopped_again(void **state)
{
    (void)state;
    add_three();
    uint32_t x = load("/x");
    loader_forget_events();
    on_event(EVENT_UNLOAD(1), refuse);
    on_event(EVENT_LOAD(2), refuse);
    assert_int_equal(ask_unload(x), STATUS_UNLOAD_REFUSED);
    expect_events(EVENT_UNLOAD(3), EVENT_UNLOAD(2), EVENT_UNLOAD(1), EVENT_LOAD(2));
    loader_forget_events();
    on_event(EVENT_UNLOAD(1), NULL);
    unload_gone(x);
    expect_events(EVENT_UNLOAD(1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, modules_start, modules_stop)
    const struct CMUnitTest tests[] = {
        TEST(an_import_is_looked_for_in_its_own_file_only),
        TEST(every_missing_symbol_is_told_with_its_file),
        TEST(a_dependent_is_loaded_once_per_load),
        TEST(two_dependents_may_need_each_other),
        TEST(circles_may_go_through_the_primary),
        TEST(a_cycle_is_started_as_it_was_met_and_stopped_in_reverse),
        TEST(a_second_extension_gets_its_own_copy_with_its_own_data),
        TEST(a_second_load_of_one_primary_makes_a_second_set),
        TEST(a_loaded_extension_of_the_same_path_is_not_shared),
        TEST(exports_of_dependents_are_visible_in_their_group_only),
        TEST(a_dependent_may_import_from_unix),
        TEST(a_name_with_a_slash_is_used_directly),
        TEST(the_same_file_by_two_spellings_is_one_dependent),
        TEST(a_dependent_names_its_member),
        TEST(a_dependent_may_name_the_primarys_member),
        TEST(what_is_wrong_with_a_dependent_is_told_apart),
        TEST(refusals_have_an_errno),
        TEST(a_weak_import_that_its_file_does_not_export_is_0),
        TEST(a_dependent_whose_load_refuses_fails_the_whole_load),
        TEST(an_unload_that_refuses_in_a_roll_back_is_not_honoured),
        TEST(the_requests_library_path_comes_before_any_other),
        TEST(else_the_importing_objects_own_library_path_counts),
        TEST(else_the_primarys_library_path_counts),
        TEST(without_any_library_path_a_bare_name_is_not_found),
        TEST(paths_are_not_added_up),
        TEST(folders_of_the_library_path_are_tried_in_order),
        TEST(the_first_file_of_the_name_is_the_one),
        TEST(empty_parts_of_a_library_path_are_refused),
        TEST(a_library_path_has_a_limit_of_folders),
        TEST(the_paths_that_a_load_tries_have_a_limit),
        TEST(overlong_parts_of_a_library_path_are_refused),
        TEST(overlong_names_of_import_files_are_refused),
        TEST(an_explicit_load_takes_the_first_member_of_the_mode),
        TEST(an_archive_without_a_member_of_the_mode_is_refused),
        TEST(an_archive_inside_an_archive_is_not_looked_into),
        TEST(a_member_that_holds_nothing_to_load_is_passed_over),
        TEST(what_is_named_may_hold_nothing_to_load),
        TEST(places_are_counted_in_the_member_that_was_chosen),
        TEST(of_two_members_of_one_name_the_one_of_the_mode_is_taken),
        TEST(a_request_names_a_file_not_a_member),
        TEST(a_listed_file_is_loaded_though_nothing_is_imported_from_it),
        TEST(load_runs_in_dependents_first_and_unload_in_reverse),
        TEST(an_unload_that_the_primary_refuses_stops_nobody),
        TEST(an_unload_that_a_dependent_refuses_starts_the_others_again),
        TEST(what_could_not_be_started_again_is_not_stopped_again),
    };
    return cmocka_run_group_tests_name("conformance: dependents", tests, NULL, NULL);
}
