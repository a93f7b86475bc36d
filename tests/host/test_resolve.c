/* Resolution: imports get the newest visible definition; all that stay open are reported with places. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "loader/link/resolve.h"
#include "tests/host/host_elf.h"
#include "tests/host/support.h"

#define UNDEFINED      ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE)
#define UNDEFINED_WEAK ELF64_ST_INFO(STB_WEAK, STT_NOTYPE)
#define FUNCTION       ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)

enum { TEXT = ELF_FIRST, DATA, NOTE };
enum { ENTRY = 1, PRINTK, MISSING, MAYBE, ABSENT, UNUSED_NAME };

static void *take(size_t size_bytes)
{
    return malloc(size_bytes);
}

static void give(void *memory, size_t size_bytes)
{
    (void)size_bytes;
    free(memory);
}

static const struct table_memory memory = {take, give};
static struct name_space space;
static struct name_owner kernel = {.name = "unix", .is_visible = true};
static struct name_owner other = {.name = "other", .is_visible = true};
static const struct import_scope scope = {.space = &space};
static struct definition definitions[8];
static size_t definition_count;

static struct elf_builder elf;
static struct image image;
static struct symbols symbols;
static struct resolution resolution;

static void define_hashed(const char *name, uint64_t address, struct name_owner *owner,
                          uint32_t hash)
{
    struct definition *definition = &definitions[definition_count++];
    *definition = (struct definition){.name = name, .address = address, .owner = owner};
    assert_true(name_space_reserve(&space, owner, 1));
    name_space_add(&space, definition, hash);
}

static void define(const char *name, uint64_t address, struct name_owner *owner)
{
    define_hashed(name, address, owner, hash_name(name));
}

static void add_object(bool is_64)
{
    static const uint8_t bytes[64];
    elf_open(&elf, is_64);
    elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, bytes, 64);
    elf_add_section(&elf, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes, 64);
    elf_add_section(&elf, ".debug", SHT_PROGBITS, 0, bytes, 64);
    elf_add_symbol(&elf, "entry", TEXT, 0, FUNCTION);
    elf_add_symbol(&elf, "printk", SHN_UNDEF, 0, UNDEFINED);
    elf_add_symbol(&elf, "missing", SHN_UNDEF, 0, UNDEFINED);
    elf_add_symbol(&elf, "maybe", SHN_UNDEF, 0, UNDEFINED_WEAK);
    elf_add_symbol(&elf, "absent", SHN_UNDEF, 0, UNDEFINED);
    elf_add_symbol(&elf, "unused", SHN_UNDEF, 0, UNDEFINED);
    unsigned debug = elf_add_relocations(&elf, NOTE, is_64);
    unsigned text = elf_add_relocations(&elf, TEXT, is_64);
    unsigned data = elf_add_relocations(&elf, DATA, is_64);
    elf_add_relocation(&elf, debug, 1, 1, ABSENT, 0);
    elf_add_relocation(&elf, text, 4, 1, PRINTK, 0);
    elf_add_relocation(&elf, text, 12, 1, MISSING, 0);
    elf_add_relocation(&elf, text, 20, 1, MISSING, 0);
    elf_add_relocation(&elf, text, 28, 1, MAYBE, 0);
    elf_add_relocation(&elf, data, 8, 1, MISSING, 0);
    elf_add_relocation(&elf, data, 16, 1, ABSENT, 0);
}

static void open_object(void)
{
    struct diagnosis diagnosis;
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    symbols_copy(&image, malloc(symbols_size(&image)), &symbols);
    symbols_set_address(&symbols, ENTRY, 0x1234);
}

static int start(void **state)
{
    (void)state;
    name_space_init(&space, &memory);
    definition_count = 0;
    other.is_visible = true;
    define("printk", 0x1000, &kernel);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(symbols.entries);
    elf_destroy(&elf);
    return 0;
}

static void imports_get_the_newest_visible_definition(void **state)
{
    (void)state;
    add_object(true);
    open_object();
    define("missing", 0x2000, &kernel);
    define("missing", 0x3000, &other);
    define("absent", 0x4000, &kernel);
    define("unused", 0x5000, &kernel);
    resolve(&image, &symbols, &scope, &resolution);
    assert_int_equal(resolution.imports, 5);
    assert_int_equal(resolution.unresolved, 0);
    assert_int_equal(symbols_address(&symbols, PRINTK), 0x1000);
    assert_int_equal(symbols_address(&symbols, MISSING), 0x3000);
    assert_int_equal(symbols_address(&symbols, ENTRY), 0x1234);
    resolution_clear(&resolution);
    other.is_visible = false;
    resolve(&image, &symbols, &scope, &resolution);
    assert_int_equal(symbols_address(&symbols, MISSING), 0x2000);
    resolution_clear(&resolution);
}

static void a_local_symbol_is_no_import(void **state)
{
    (void)state;
    elf_open(&elf, true);
    elf_add_symbol(&elf, "nobody", SHN_UNDEF, 0, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE));
    elf_add_symbol(&elf, "printk", SHN_UNDEF, 0, UNDEFINED);
    open_object();
    resolve(&image, &symbols, &scope, &resolution);
    resolution_clear(&resolution);
    assert_int_equal(resolution.imports, 1);
    assert_int_equal(resolution.unresolved, 0);
}

static void of_names_with_an_underscore_only_one_is_the_origin(void **state)
{
    (void)state;
    struct import_scope here = scope;
    here.origin = 0x9000;
    elf_open(&elf, true);
    unsigned other_name = elf_add_symbol(&elf, "_outside", SHN_UNDEF, 0, UNDEFINED);
    unsigned origin = elf_add_symbol(&elf, LINKAGE_ORIGIN, SHN_UNDEF, 0, UNDEFINED);
    open_object();
    define("_outside", 0x2000, &kernel);
    resolve(&image, &symbols, &here, &resolution);
    resolution_clear(&resolution);
    assert_int_equal(resolution.imports, 1);
    assert_int_equal(symbols_address(&symbols, other_name), 0x2000);
    assert_int_equal(symbols_address(&symbols, origin), 0x9000);
}

static void an_open_weak_name_is_zero_and_no_failure(void **state)
{
    (void)state;
    add_object(true);
    open_object();
    symbols_set_address(&symbols, MAYBE, 77);
    resolve(&image, &symbols, &scope, &resolution);
    assert_int_equal(symbols_address(&symbols, MAYBE), 0);
    assert_int_equal(resolution.unresolved, 3);
    resolution_clear(&resolution);
    define("maybe", 0x6000, &kernel);
    resolve(&image, &symbols, &scope, &resolution);
    assert_int_equal(symbols_address(&symbols, MAYBE), 0x6000);
    resolution_clear(&resolution);
}

static void each_owner_is_marked_once_until_the_marks_are_taken_off(void **state)
{
    (void)state;
    add_object(true);
    open_object();
    define("missing", 0x2000, &other);
    define("absent", 0x2001, &other);
    resolve(&image, &symbols, &scope, &resolution);
    assert_int_equal(resolution.marked_count, 2);
    assert_true(kernel.is_marked && other.is_marked);
    resolution_clear(&resolution);
    assert_false(kernel.is_marked || other.is_marked);
    assert_null(resolution.marked);
    assert_null(other.next_marked);
}

struct report {
    size_t count;
    struct unresolved items[8];
};

static void keep(const struct unresolved *unresolved, void *context)
{
    struct report *report = context;
    report->items[report->count++] = *unresolved;
}

static void all_open_names_are_reported_each_with_its_first_place(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct report report = {0};
        add_object(is_64);
        open_object();
        resolve(&image, &symbols, &scope, &resolution);
        resolution_clear(&resolution);
        resolve_forget_unneeded(&image, &symbols, &resolution);
        resolve_visit_unresolved(&image, &symbols, &scope, keep, &report);
        assert_int_equal(report.count, 2);
        assert_int_equal(resolution.unresolved, 2);
        assert_string_equal(report.items[0].name, "missing");
        assert_int_equal(report.items[0].symbol, MISSING);
        assert_int_equal(report.items[0].place_section, TEXT);
        assert_int_equal(report.items[0].place_offset, 12);
        assert_string_equal(report.items[1].name, "absent");
        assert_int_equal(report.items[1].place_section, DATA);
        assert_int_equal(report.items[1].place_offset, 16);
        if (!is_64)
            stop(NULL);
    }
}

/* Of "unused" no relocation knows, but a record; of "remark" only one of what is not loaded. */
static void an_open_name_is_needed_by_what_is_in_memory_or_by_its_record(void **state)
{
    (void)state;
    for (int has_record = 0; has_record < 2; has_record++) {
        struct report report = {0};
        add_object(true);
        unsigned remark = elf_add_symbol(&elf, "remark", SHN_UNDEF, 0, UNDEFINED);
        unsigned debug = elf_add_relocations(&elf, NOTE, true);
        elf_add_relocation(&elf, debug, 8, 1, remark, 0);
        const struct mod_import record = {UNUSED_NAME, hash_name("unused"), 0};
        elf_add_section(&elf, ".mod.files", SHT_PROGBITS, 0, "/unix", 6);
        if (has_record != 0)
            elf_add_section(&elf, ".mod.imports", SHT_PROGBITS, 0, &record, sizeof(record));
        open_object();
        resolve(&image, &symbols, &scope, &resolution);
        resolution_clear(&resolution);
        assert_int_equal(resolution.unresolved, 4);
        resolve_forget_unneeded(&image, &symbols, &resolution);
        resolve_visit_unresolved(&image, &symbols, &scope, keep, &report);
        assert_int_equal(resolution.unresolved, 2 + has_record);
        assert_int_equal(report.count, 2 + has_record);
        assert_int_equal(symbols_address(&symbols, remark), 0);
        if (has_record != 0) {
            assert_int_equal(report.items[2].symbol, UNUSED_NAME);
            assert_int_equal(report.items[2].place_section, 0);
        } else {
            stop(NULL);
        }
    }
}

/* No other symbol at 0, and what stands behind the last one does not count though it looks missing. */
static void only_open_names_are_spoiled(void **state)
{
    (void)state;
    static const uint8_t zeroes[64];
    enum { OPEN = 2, SYMBOLS, SECTION = offsetof(Elf64_Sym, st_shndx) - 1 /* behind a zero */ };
    static const uint8_t missing[64] = {[SECTION] = SHN_HIPROC & 0xff, SHN_HIPROC >> 8};
    struct report report = {0};
    elf_open(&elf, true);
    elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC, zeroes, 64);
    elf_append(&elf.sections[ELF_STRINGS].contents, missing, 64);
    elf_add_symbol(&elf, "entry", TEXT, 0, FUNCTION);
    elf_add_symbol(&elf, "open", SHN_UNDEF, 0, UNDEFINED);
    unsigned text = elf_add_relocations(&elf, TEXT, true);
    for (uint32_t symbol = 0; symbol <= SYMBOLS; symbol++)
        elf_add_relocation(&elf, text, 8 * symbol, 1, symbol, 0);
    open_object();
    symbols_set_address(&symbols, ENTRY, 0);
    resolve(&image, &symbols, &scope, &resolution);
    resolution_clear(&resolution);
    resolve_forget_unneeded(&image, &symbols, &resolution);
    resolve_visit_unresolved(&image, &symbols, &scope, keep, &report);
    assert_int_equal(report.count, 1);
    assert_int_equal(report.items[0].place_offset, 8 * OPEN);
    assert_int_equal(symbols_address(&symbols, 0), 0);
    assert_int_equal(symbols_address(&symbols, ENTRY), 0);
    assert_memory_equal(symbols.names, image.names.bytes, image.names.size);
}

/* A definition put under a hash of the test's own is found by the record's hash, not by the name's. */
static void the_precomputed_hash_is_the_one_used(void **state)
{
    (void)state;
    add_object(true);
    struct mod_import records[] = {{PRINTK, hash_name("printk"), 0},
                                   {ABSENT, hash_name("absent"), 0}};
    elf_add_section(&elf, ".mod.files", SHT_PROGBITS, 0, "/unix", 6);
    unsigned section =
        elf_add_section(&elf, ".mod.imports", SHT_PROGBITS, 0, records, sizeof(records));
    open_object();
    elf_store(&elf, elf_section_offset(&elf, section) + 12 + 4, 4, 4711);
    define_hashed("absent", 0x7000, &kernel, 4711);
    define("missing", 0x2000, &kernel);
    resolve(&image, &symbols, &scope, &resolution);
    assert_int_equal(symbols_address(&symbols, ABSENT), 0x7000);
    assert_int_equal(symbols_address(&symbols, PRINTK), 0x1000);
    assert_int_equal(symbols_address(&symbols, MISSING), 0x2000);
    resolution_clear(&resolution);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(imports_get_the_newest_visible_definition, start, stop),
        cmocka_unit_test_setup_teardown(a_local_symbol_is_no_import, start, stop),
        cmocka_unit_test_setup_teardown(of_names_with_an_underscore_only_one_is_the_origin, start,
                                        stop),
        cmocka_unit_test_setup_teardown(an_open_weak_name_is_zero_and_no_failure, start, stop),
        cmocka_unit_test_setup_teardown(each_owner_is_marked_once_until_the_marks_are_taken_off,
                                        start, stop),
        cmocka_unit_test_setup_teardown(
            an_open_name_is_needed_by_what_is_in_memory_or_by_its_record, start, stop),
        cmocka_unit_test_setup_teardown(all_open_names_are_reported_each_with_its_first_place,
                                        start, stop),
        cmocka_unit_test_setup_teardown(only_open_names_are_spoiled, start, stop),
        cmocka_unit_test_setup_teardown(the_precomputed_hash_is_the_one_used, start, stop),
    };
    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
