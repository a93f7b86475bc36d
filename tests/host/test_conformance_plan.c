/*
 * Conformance: plans. A plan's figures are those of the load that follows, or it gives every reason
 * why that load would be refused; it leaves no trace in either case, nor when it fails itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "loader/host.h"
#include "loader/live/load.h"
#include "loader/live/notes.h"
#include "loader/live/plan.h"
#include "loader/live/state.h"
#include "tests/host/host_modules.h"
#include "tests/host/host_elf.h"
#include "tests/host/host_process.h"
#include "tests/host/support.h"

#define OBJECTS_MAX 8
#define NAMES_MAX   32
#define TEXT_MAX    32768

/* What a plan told. */
static struct {
    struct loader_extension objects[OBJECTS_MAX];
    uint32_t exports[OBJECTS_MAX];
    size_t object_count;
    uint32_t relocations;
    struct {
        uint64_t address;
        char name[32];
        char provider[64];
        uint32_t kmid;
        size_t object; /* who binds it */
    } names[NAMES_MAX];
    size_t name_count;
    uint32_t instance;   /* kmid */
    uint32_t load_count; /* of the instance */
    size_t reasons;
    enum status statuses[LOADER_PLAN_REASONS_MAX];
    char reasons_text[TEXT_MAX]; /* one line for each reason and each note, notes behind a tab */
} told;

static void tell_object(const struct loader_extension *object, uint32_t exports, void *context)
{
    assert_ptr_equal(context, &told);
    told.objects[told.object_count] = *object;
    told.exports[told.object_count++] = exports;
}

static void tell_relocations(const char *type, uint32_t count, void *context UNUSED)
{
    assert_non_null(type);
    told.relocations += count;
}

static void tell_binding(const char *name, uint64_t address,
                         const struct loader_extension *provider, void *context UNUSED)
{
    size_t i = told.name_count++;
    assert_true(i < NAMES_MAX);
    told.names[i].address = address;
    told.names[i].object = told.object_count - 1;
    text_copy(told.names[i].name, sizeof(told.names[i].name), name);
    snprintf(told.names[i].provider, sizeof(told.names[i].provider), "%s%s%s",
             provider != NULL ? provider->path : "nobody",
             provider != NULL && provider->member[0] != '\0' ? ":" : "",
             provider != NULL ? provider->member : "");
    told.names[i].kmid = provider != NULL ? provider->kmid : 0;
}

static void tell_instance(const struct loader_extension *instance, void *context UNUSED)
{
    told.instance = instance->kmid;
    told.load_count = instance->load_count;
}

static void add_line(const char *tab, const char *text)
{
    size_t length = strlen(told.reasons_text);
    snprintf(told.reasons_text + length, TEXT_MAX - length, "%s%s\n", tab, text);
}

static void tell_refusal(const struct diagnosis *reason, void *context UNUSED)
{
    char line[1024];
    diagnosis_format(reason, line, sizeof(line));
    add_line("", line);
    for (const struct diagnosis_note *note = reason->notes; note != NULL; note = note->next)
        add_line("\t", note->text);
    assert_true(told.reasons < LOADER_PLAN_REASONS_MAX);
    told.statuses[told.reasons++] = reason->status;
}

static const struct loader_plan plan = {
    .object = tell_object,
    .relocations = tell_relocations,
    .binding = tell_binding,
    .instance = tell_instance,
    .refusal = tell_refusal,
    .context = &told,
};

static struct diagnosis first_reason;

/* Plans, which must change nothing and run nothing. */
static enum status make_plan(const struct loader_request *request)
{
    struct loader_state before;
    memset(&told, 0, sizeof(told));
    loader_forget_events();
    loader_get_state(&before);
    size_t allocations = host_live_allocations();
    size_t calls = host_calls();
    enum status status = loader_plan(request, &plan, &first_reason);
    diagnosis_release(&first_reason);
    expect_equal_states(&before);
    assert_int_equal(host_live_allocations(), allocations);
    assert_int_equal(host_open_files(), 0);
    assert_int_equal(host_calls(), calls);
    assert_int_equal(loader.promised, 0);
    assert_null(loader.innermost);
    assert_int_equal(status, first_reason.status);
    assert_int_equal(told.reasons != 0, status != STATUS_OK);
    if (status != STATUS_OK) {
        assert_int_equal(told.statuses[0], status);
        assert_int_equal(told.object_count + told.name_count, 0);
    }
    return status;
}

static enum status plan_path(const char *path)
{
    return make_plan(&(const struct loader_request){.path = path});
}

/* /x imports from /b, /a and /unix, /b from /a: dependents, an archive, a weak name. */
static void add_group(void)
{
    MODULE("/p", .id = 9, .exports = "p");
    ARCHIVE("/a.a", {.name = "narrow", .module = {.is_narrow = true, .exports = "a"}},
            {.name = "a", .module = {.id = 1, .exports = "a one"}});
    MODULE("/b", .id = 2, .exports = "b", .imports = "/a.a(a):a");
    MODULE("/x", .id = 3, .exports = "x y", .imports = "/b:b /unix:p /a.a(a):a /unix:open?");
}

static size_t compared;

static void compare_with_plan(const struct loader_extension *extension, void *context)
{
    uint32_t first = *(uint32_t *)context;
    if (extension->kmid < first)
        return;
    const struct loader_extension *planned = &told.objects[compared++];
    assert_int_equal(extension->is_primary, planned->is_primary);
    assert_int_equal(extension->load_count, planned->load_count);
    assert_int_equal(extension->use_count, planned->use_count);
    assert_int_equal(extension->memory_bytes, planned->memory_bytes);
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        assert_int_equal(extension->address[kind], planned->address[kind]);
        assert_int_equal(extension->size_bytes[kind], planned->size_bytes[kind]);
    }
}

static void a_plan_equals_the_load_that_follows(void **state)
{
    (void)state;
    add_group();
    uint32_t first = load("/p") + 1;
    assert_int_equal(plan_path("/x"), STATUS_OK);
    assert_int_equal(told.object_count, 3);
    assert_int_equal(told.exports[2], 2);
    load("/x");
    compared = 0;
    loader_visit_extensions(compare_with_plan, &first);
    assert_int_equal(compared, 3);
}

static void a_plans_totals_are_those_of_the_load(void **state)
{
    (void)state;
    struct loader_state before, after;
    size_t memory_bytes = 0, exports = 0;
    add_group();
    load("/p");
    assert_int_equal(plan_path("/x"), STATUS_OK);
    loader_get_state(&before);
    load("/x");
    loader_get_state(&after);
    for (size_t i = 0; i < told.object_count; i++) {
        memory_bytes += told.objects[i].memory_bytes;
        exports += told.exports[i];
    }
    assert_int_equal(after.instances - before.instances, told.object_count);
    assert_int_equal(after.symbols - before.symbols, exports);
    assert_int_equal((after.pages - before.pages) * HOST_PAGE_SIZE, memory_bytes);
    /* By object: 2 jumps to the kernel, 2 for each export, 1 for each import. */
    assert_int_equal(told.relocations, (2 + 4) + (2 + 2 + 1) + (2 + 4 + 4));
}

/* Whose address does object `object` get for `name`, and from whom? */
static void expect_name(size_t object, const char *name, const char *provider, uint32_t kmid,
                        uint64_t address)
{
    for (size_t i = 0; i < told.name_count; i++) {
        if (told.names[i].object != object || strcmp(told.names[i].name, name) != 0)
            continue;
        assert_string_equal(told.names[i].provider, provider);
        assert_int_equal(told.names[i].kmid, kmid);
        assert_int_equal(told.names[i].address, address);
        return;
    }
    fail_msg("object %zu would not bind %s", object, name);
}

static void a_plan_tells_every_name_and_whose_it_is(void **state)
{
    (void)state;
    add_group();
    uint32_t p = load("/p");
    assert_int_equal(plan_path("/x"), STATUS_OK);
    uint32_t x = load("/x");
    uint32_t b = dependent_of(x, "/b", NULL);
    assert_int_equal(told.name_count, 1 + 2 + 5);
    for (size_t object = 0; object < 3; object++)
        expect_name(object, "ask", "/unix", 0, address_of("ask"));
    expect_name(1, "a", "/a.a:a", 0, bound_address(b, 0));
    expect_name(2, "b", "/b", 0, bound_address(x, 0));
    expect_name(2, "p", "/p", p, bound_address(x, 1));
    expect_name(2, "a", "/a.a:a", 0, bound_address(x, 2));
    expect_name(2, "open", "nobody", 0, 0);
}

/* 1.2: what is loaded under the name is counted once more, and nothing else happens. */
static void a_plan_of_a_single_load_tells_the_instance(void **state)
{
    (void)state;
    const struct loader_request request = {.path = "/x", .flags = LOADER_SINGLE};
    add_group();
    load("/p");
    assert_int_equal(make_plan(&request), STATUS_OK);
    assert_int_equal(told.object_count, 3);
    assert_int_equal(told.instance, 0);
    uint32_t x = load("/x");
    assert_int_equal(make_plan(&request), STATUS_OK);
    assert_int_equal(told.object_count, 0);
    assert_int_equal(told.instance, x);
    assert_int_equal(told.load_count, 1);
    state_find_kmid(x)->load_count = UINT32_MAX;
    assert_int_equal(make_plan(&request), STATUS_COUNT_LIMIT);
    state_find_kmid(x)->load_count = 1;
    assert_int_equal(plan_path("/x"), STATUS_OK);
    assert_int_equal(told.object_count, 3);
}

/* The one reason that was told is, with its notes, that of the load that was refused. */
static void expect_reason_of_the_load(void)
{
    char expected[4096];
    size_t length = diagnosis_format(last_diagnosis(), expected, sizeof(expected));
    const char *notes = last_notes();
    expected[length++] = '\n';
    while (*notes != '\0') {
        size_t line = strcspn(notes, "\n") + 1;
        length += (size_t)snprintf(expected + length, sizeof(expected) - length, "\t%.*s",
                                   (int)line, notes);
        notes += line;
    }
    expected[length] = '\0';
    assert_string_equal(told.reasons_text, expected);
}

static void a_plan_is_refused_as_the_load_would_be(void **state)
{
    (void)state;
    static const struct {
        const char *imports;
        enum status status;
    } cases[] = {
        {"/missing:a", STATUS_FILE_MISSING},      {"bare:a", STATUS_LIBPATH_MISSING},
        {"/text:a", STATUS_FILE_FORMAT},          {"/a.a(no):a", STATUS_MEMBER_MISSING},
        {"/a.a:a", STATUS_MEMBER_UNNAMED},        {"/a.a(a):b", STATUS_UNRESOLVED_DEPENDENT},
        {"/unix:nothing", STATUS_UNRESOLVED},     {"/narrow:a", STATUS_ELF_MODE},
        {"/a.a(narrow):a", STATUS_ELF_MODE},      {"/a.a():a", STATUS_IMPORT_FILE},
        {"/a.a(a):b /unix:c", STATUS_UNRESOLVED},
    };
    add_group();
    MODULE("/narrow", .is_narrow = true, .exports = "a");
    host_process_add_file("/text", "hello", 5);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        MODULE("/y", .id = 4, .imports = cases[i].imports);
        assert_int_equal(plan_path("/y"), cases[i].status);
        load_refused("/y", cases[i].status, "");
        expect_reason_of_the_load();
        assert_int_equal(told.reasons, 1);
    }
    assert_int_equal(plan_path("/nowhere"), STATUS_FILE_MISSING);
    assert_int_equal(plan_path(""), STATUS_PATH_EMPTY);
}

/* Fails in eight ways at once: in the primary, in a dependent, and in what that one imports from. */
static void a_plan_gives_every_reason(void **state)
{
    (void)state;
    ARCHIVE("/a.a", {.name = "a", .module = {.exports = "a"}});
    host_process_add_file("/text", "hello", 5);
    MODULE("/d", .exports = "d", .imports = "/gone:g /unix:u1 /a.a(a):no /unix:u2");
    MODULE("/e", .exports = "e", .imports = "/a.a(m):m bare:h other:i");
    MODULE("/x", .imports = "/d:d /lost:l /text:t /e:e /unix:v /d:none", .libpath = "/lib");
    assert_int_equal(plan_path("/x"), STATUS_FILE_MISSING);
    load_refused("/x", STATUS_FILE_MISSING, "");
    assert_string_equal(last_diagnosis()->file, first_reason.file);
    assert_string_equal(told.reasons_text,
                        "/lost: no such file [E101]\n"
                        "\tneeded by /x\n"
                        "/text: neither an ELF object nor an ar archive [E104]\n"
                        "\tneeded by /x\n"
                        "/e: no folder of the library path has this file: bare along /lib [E118]\n"
                        "/e: no folder of the library path has this file: other along /lib [E118]\n"
                        "/gone: no such file [E101]\n"
                        "\tneeded by /d\n"
                        "\tneeded by /x\n"
                        "/a.a(m): the archive has no member of this name [E115]\n"
                        "\tneeded by /e\n"
                        "\tneeded by /x\n"
                        "/d: symbols are not exported by /unix: 3 of 4 imports [E301]\n"
                        "\tu1: needed by .data+0x10\n"
                        "\tno: not exported by /a.a(a); needed by .data+0x18\n"
                        "\tu2: needed by .data+0x20\n"
                        "/x: symbols are not exported by /unix: 2 of 6 imports [E301]\n"
                        "\tv: needed by .data+0x28\n"
                        "\tnone: not exported by /d; needed by .data+0x30\n");
}

/* Gives every relocation of .data a type that no machine has. */
static void add_unrelocatable(const char *path, const struct module *module)
{
    struct span file = module_make(module);
    uint8_t *bytes = (uint8_t *)file.bytes;
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(bytes + header->e_shoff);
    for (unsigned i = 1; i < header->e_shnum; i++) {
        bool is_of_data = sections[i].sh_type == SHT_RELA &&
                          (sections[sections[i].sh_info].sh_flags & SHF_WRITE) != 0;
        Elf64_Rela *entries = (Elf64_Rela *)(bytes + sections[i].sh_offset);
        for (size_t k = 0; is_of_data && k < sections[i].sh_size / sizeof(*entries); k++)
            entries[k].r_info = ELF64_R_INFO(ELF64_R_SYM(entries[k].r_info), 200);
    }
    host_process_add_file(path, file.bytes, file.size);
    free(bytes);
}

static unsigned lines_with(const char *text)
{
    unsigned count = 0;
    for (const char *at = told.reasons_text; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

/* Of every object, those with unresolved names too; nothing is refused for the lack of an address. */
static void a_plan_gives_every_relocation_that_fails(void **state)
{
    (void)state;
    add_unrelocatable("/d", &(const struct module){.exports = "d", .imports = "/unix:ask /e:e"});
    MODULE("/e", .id = 5, .exports = "e", .imports = "/unix:lost");
    add_unrelocatable("/x", &(const struct module){.imports = "/d:d /unix:more /e:e"});
    assert_int_equal(plan_path("/x"), STATUS_UNRESOLVED);
    assert_int_equal(told.reasons, 4);
    assert_int_equal(lines_with("type 200 (unknown)"), 2 + 3);
    assert_int_equal(lines_with("\ta relocation is of a type this loader does not know: "), 1 + 2);
    assert_int_equal(lines_with("symbols are not exported"), 2);
    static const enum status expected[] = {STATUS_UNRESOLVED, STATUS_RELOCATION_TYPE,
                                           STATUS_UNRESOLVED, STATUS_RELOCATION_TYPE};
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++)
        assert_int_equal(told.statuses[i], expected[i]);
}

/* Each reason may cost what a whole load does. */
static void a_plan_ends_with_so_many_reasons(void **state)
{
    (void)state;
    static char imports[(LOADER_PLAN_REASONS_MAX + 10) * 16];
    struct loader_state before;
    loader_get_state(&before);
    for (unsigned count = LOADER_PLAN_REASONS_MAX - 1; count <= LOADER_PLAN_REASONS_MAX + 9;
         count += 5) {
        size_t length = 0;
        for (unsigned i = 0; i < count; i++)
            length += (size_t)snprintf(imports + length, sizeof(imports) - length, "/gone%u ", i);
        MODULE("/x", .imports = imports);
        assert_int_equal(plan_path("/x"), STATUS_FILE_MISSING);
        assert_int_equal(told.reasons,
                         count < LOADER_PLAN_REASONS_MAX ? count : LOADER_PLAN_REASONS_MAX);
        assert_string_equal(first_reason.file, "/gone0");
    }
    expect_equal_states(&before);
}

static void a_plan_tells_so_many_places(void **state)
{
    (void)state;
    for (unsigned count = PLAN_PLACES_MAX; count <= PLAN_PLACES_MAX + 20; count++) {
        struct elf_builder elf;
        elf_open(&elf, true);
        unsigned data = elf_add_section(&elf, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "x", 1);
        unsigned table = elf_add_relocations(&elf, data, true);
        for (unsigned i = 0; i < count; i++)
            elf_add_relocation(&elf, table, 0, 200, 0, 0);
        elf_close(&elf);
        host_process_add_file("/x", elf_file(&elf).bytes, elf_file(&elf).size);
        elf_destroy(&elf);
        assert_int_equal(plan_path("/x"), STATUS_RELOCATION_TYPE);
        assert_int_equal(told.reasons, 1);
        bool is_more = count > PLAN_PLACES_MAX + 1;
        assert_int_equal(lines_with("type 200 (unknown)"), is_more ? PLAN_PLACES_MAX + 1 : count);
        assert_int_equal(lines_with("\tthere may be more than 100 others"), is_more);
    }
}

/* Whichever of its members is wanted. */
static void a_plan_tells_a_damaged_archive_once(void **state)
{
    (void)state;
    host_process_add_file("/a.a", "!<arch>\ncut", 11);
    MODULE("/d", .exports = "d", .imports = "/a.a(c):c");
    MODULE("/x", .imports = "/a.a(a):a /a.a(b):b /d:d");
    assert_int_equal(plan_path("/x"), STATUS_ARCHIVE_HEADER_CUT);
    assert_int_equal(told.reasons, 1);
    assert_string_equal(first_reason.file, "/a.a");
    load_refused("/x", STATUS_ARCHIVE_HEADER_CUT, "header at 0x8");
    expect_reason_of_the_load();
}

/* A limit that each further object meets is one reason. */
static void a_plan_tells_a_limit_once(void **state)
{
    (void)state;
    static char imports[LOAD_DEPENDENTS_MAX * 8 + 64];
    size_t length = 0;
    for (unsigned i = 0; i < LOAD_DEPENDENTS_MAX + 3; i++)
        length += (size_t)snprintf(imports + length, sizeof(imports) - length, "/%u ", i);
    for (unsigned i = 0; i < LOAD_DEPENDENTS_MAX + 3; i++) {
        char path[16];
        snprintf(path, sizeof(path), "/%u", i);
        MODULE(path, .exports = "e");
    }
    MODULE("/x", .imports = imports);
    assert_int_equal(plan_path("/x"), STATUS_DEPENDENT_LIMIT);
    assert_int_equal(told.reasons, 1);
}

/* However many fail: the plan's first reason is the load's, and nothing is left behind. */
static void each_step_and_allocation_of_a_plan_fails_without_a_trace(void **state)
{
    (void)state;
    add_group();
    load("/p");
    for (int later = 0; later < 2; later++) {
        for (uint32_t number = 1;; number++) {
            struct diagnosis diagnosis;
            uint32_t kmid;
            const struct loader_request request = {
                .path = "/x", .fail_at = number, .fail_later = later != 0};
            enum status status = make_plan(&request);
            if (status == STATUS_OK) {
                assert_true(number > 40 && loader_fault_points() < number);
                break;
            }
            assert_int_equal(loader_load(&request, &kmid, &diagnosis), status);
            assert_string_equal(diagnosis.detail, first_reason.detail);
            assert_string_equal(diagnosis.file, first_reason.file);
            diagnosis_release(&diagnosis);
        }
    }
}

static void each_request_of_a_plan_to_the_host_fails_without_a_trace(void **state)
{
    (void)state;
    add_group();
    load("/p");
    for (int later = 0; later < 2; later++) {
        enum status status = STATUS_NO_MEMORY;
        for (unsigned number = 1; status != STATUS_OK; number++) {
            if (later)
                host_fail_from(number);
            else
                host_fail_at(number);
            status = plan_path("/x");
            host_fail_never();
        }
        assert_int_equal(told.object_count, 3);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, modules_start, modules_stop)
    const struct CMUnitTest tests[] = {
        TEST(a_plan_equals_the_load_that_follows),
        TEST(a_plans_totals_are_those_of_the_load),
        TEST(a_plan_tells_every_name_and_whose_it_is),
        TEST(a_plan_of_a_single_load_tells_the_instance),
        TEST(a_plan_is_refused_as_the_load_would_be),
        TEST(a_plan_gives_every_reason),
        TEST(a_plan_gives_every_relocation_that_fails),
        TEST(a_plan_ends_with_so_many_reasons),
        TEST(a_plan_tells_so_many_places),
        TEST(a_plan_tells_a_damaged_archive_once),
        TEST(a_plan_tells_a_limit_once),
        TEST(each_step_and_allocation_of_a_plan_fails_without_a_trace),
        TEST(each_request_of_a_plan_to_the_host_fails_without_a_trace),
    };
    return cmocka_run_group_tests_name("conformance: plans", tests, NULL, NULL);
}
