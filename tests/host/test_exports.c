/* What an object without records exports, and which of its symbols are entry points. */
#include <elf.h>
#include <string.h>

#include "lib/hash.h"
#include "loader/link/exports.h"
#include "tests/host/host_elf.h"
#include "tests/host/support.h"

#define GLOBAL ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)

enum { TEXT = ELF_FIRST, NOTE, LINK };

static struct elf_builder elf;
static struct image image;
static struct diagnosis diagnosis;

/* `link` is what modld recorded; NULL: it was not there. */
static void start(const char *link)
{
    elf_open(&elf, true);
    elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, "code", 4);
    elf_add_section(&elf, ".comment", SHT_PROGBITS, 0, "note", 4);
    if (link != NULL)
        elf_add_section(&elf, ".mod.link", SHT_PROGBITS, 0, link, strlen(link) + 1);
}

static void check(void)
{
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
}

static void expect_next(struct export_walk *walk, uint32_t symbol, const char *name)
{
    struct export_item item;
    assert_true(exports_next(walk, &item));
    assert_int_equal(item.symbol, symbol);
    assert_int_equal(item.hash, hash_name(name));
    assert_int_equal(item.mclass, MOD_CLASS_SERVICE);
}

static void expect_end(struct export_walk *walk)
{
    struct export_item item;
    assert_false(exports_next(walk, &item));
    assert_false(exports_next(walk, &item));
}

static void every_global_name_in_memory_is_exported(void **state)
{
    (void)state;
    struct export_walk walk = {.image = &image};
    start(NULL);
    elf_add_symbol(&elf, "local", TEXT, 0, ELF64_ST_INFO(STB_LOCAL, STT_FUNC));
    unsigned first = elf_add_symbol(&elf, "function", TEXT, 0, GLOBAL);
    elf_add_symbol(&elf, "remark", NOTE, 0, GLOBAL);
    elf_add_symbol(&elf, "", TEXT, 0, GLOBAL);
    elf_add_symbol(&elf, "_load", TEXT, 0, GLOBAL);
    unsigned absolute = elf_add_symbol(&elf, "absolute", SHN_ABS, 7, GLOBAL);
    elf_add_symbol(&elf, "_unload", TEXT, 0, GLOBAL);
    unsigned common = elf_add_symbol(&elf, "common", SHN_COMMON, 4, GLOBAL);
    unsigned hidden = elf_add_symbol(&elf, "shadowed", TEXT, 0, GLOBAL);
    elf_add_symbol(&elf, "outside", SHN_UNDEF, 0, GLOBAL);
    unsigned last = elf_add_symbol(&elf, "_loader", TEXT, 1, ELF64_ST_INFO(STB_WEAK, STT_FUNC));
    check();
    const uint8_t shadowed[] = {(uint8_t)(1u << hidden % 8), (uint8_t)(1u << hidden % 8)};
    image.shadowed = shadowed;
    assert_int_equal(exports_count(&image), 4);
    expect_next(&walk, first, "function");
    expect_next(&walk, absolute, "absolute");
    expect_next(&walk, common, "common");
    expect_next(&walk, last, "_loader");
    expect_end(&walk);
    elf_destroy(&elf);
}

static void what_elf_hides_is_not_exported(void **state)
{
    (void)state;
    static const struct {
        unsigned char visibility;
        bool is_exported;
    } rows[] = {{STV_DEFAULT, true},   {STV_INTERNAL, false},      {STV_HIDDEN, false},
                {STV_PROTECTED, true}, {STV_DEFAULT | 0x80, true}, {STV_HIDDEN | 0x80, false}};
    for (size_t i = 0; i < 2 * ARRAY_COUNT(rows); i++) {
        const size_t row = i / 2;
        struct export_walk walk = {.image = &image};
        elf_open(&elf, i % 2 != 0);
        elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, "code", 4);
        unsigned symbol = elf_add_symbol(&elf, "function", TEXT, 0, GLOBAL);
        elf_close(&elf);
        ELF_SET_SYMBOL(&elf, symbol, st_other, rows[row].visibility);
        assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
        assert_int_equal(exports_count(&image), rows[row].is_exported);
        if (rows[row].is_exported)
            expect_next(&walk, symbol, "function");
        expect_end(&walk);
        elf_destroy(&elf);
    }
}

static void an_object_without_names_exports_none(void **state)
{
    (void)state;
    struct export_walk walk = {.image = &image};
    start(NULL);
    elf_close(&elf);
    for (uint32_t first_global = 0; first_global < 2; first_global++) {
        ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_info, first_global);
        assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
        assert_int_equal(exports_count(&image), 0);
        expect_end(&walk);
    }
    elf_destroy(&elf);
}

static void with_records_only_those_are_exported(void **state)
{
    (void)state;
    struct export_walk walk = {.image = &image};
    struct export_item item;
    start(NULL);
    elf_add_symbol(&elf, "not_listed", TEXT, 0, GLOBAL);
    unsigned symbol = elf_add_symbol(&elf, "listed", TEXT, 0, GLOBAL);
    struct mod_export record = {symbol, hash_name("listed"), MOD_CLASS_SYSCALL32};
    elf_add_section(&elf, ".mod.exports", SHT_PROGBITS, 0, &record, sizeof(record));
    check();
    assert_int_equal(exports_count(&image), 1);
    assert_true(exports_next(&walk, &item));
    assert_int_equal(item.symbol, symbol);
    assert_int_equal(item.mclass, MOD_CLASS_SYSCALL32);
    expect_end(&walk);
    elf_destroy(&elf);
}

static struct entry_points points;

/* What is found when the object has these global symbols, each in its section; ended by a NULL. */
static enum status find(const char *link, const char *const *names, const uint16_t *sections)
{
    start(link);
    elf_add_symbol(&elf, "_local", TEXT, 0, ELF64_ST_INFO(STB_LOCAL, STT_FUNC));
    for (size_t i = 0; names[i] != NULL; i++)
        elf_add_symbol(&elf, names[i], sections[i], 0, GLOBAL);
    check();
    enum status status = entry_points_find(&image, &points, &diagnosis);
    elf_destroy(&elf);
    return status;
}

#define NAMES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define SECTIONS(...)                                                                              \
    (const uint16_t[])                                                                             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static void expect_points(uint32_t load, uint32_t unload, uint32_t configuration)
{
    assert_int_equal(points.load, load);
    assert_int_equal(points.unload, unload);
    assert_int_equal(points.configuration, configuration);
}

static void entry_points_are_found_by_their_names(void **state)
{
    (void)state;
    assert_int_equal(find(NULL, NAMES("_unload", "x", "_load"), SECTIONS(TEXT, TEXT, TEXT)),
                     STATUS_OK);
    expect_points(4, 2, 0);
    assert_int_equal(find(NULL, NAMES("_loads", "load"), SECTIONS(TEXT, TEXT)), STATUS_OK);
    expect_points(0, 0, 0);
    assert_int_equal(find(NULL, NAMES("_load", "_unload"), SECTIONS(SHN_UNDEF, TEXT)), STATUS_OK);
    expect_points(0, 3, 0);
}

static void the_recorded_entry_point_is_found_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(
        find("entry=config", NAMES("c", "_load", "config"), SECTIONS(TEXT, TEXT, TEXT)), STATUS_OK);
    expect_points(3, 0, 4);
    assert_int_equal(find("entry=_config", NAMES("c", "_config"), SECTIONS(TEXT, TEXT)), STATUS_OK);
    expect_points(0, 0, 3);
    assert_int_equal(find("entry=_load", NAMES("_load"), SECTIONS(TEXT)), STATUS_OK);
    expect_points(2, 0, 2);
    assert_int_equal(find("entry=config", NAMES("config"), SECTIONS(SHN_UNDEF)),
                     STATUS_ENTRY_POINT);
    assert_string_equal(diagnosis.detail, "config is not defined");
}

static void an_entry_point_is_code_of_its_object(void **state)
{
    (void)state;
    static const uint16_t others[] = {NOTE, SHN_ABS, SHN_COMMON};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        assert_int_equal(find(NULL, NAMES("_load", "_x"), SECTIONS(others[i], TEXT)),
                         STATUS_ENTRY_POINT);
        assert_memory_equal(diagnosis.detail, "_load in section ", 17);
        assert_int_equal(find("entry=config", NAMES("config"), SECTIONS(others[i])),
                         STATUS_ENTRY_POINT);
        assert_memory_equal(diagnosis.detail, "config in section ", 18);
    }
}

static void an_entry_point_lies_in_its_section(void **state)
{
    (void)state;
    start(NULL);
    unsigned symbol = elf_add_symbol(&elf, "_load", TEXT, 0, GLOBAL);
    elf_close(&elf);
    static const uint64_t values[] = {3, 4, UINT64_MAX}; /* of four bytes */
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        ELF_SET_SYMBOL(&elf, symbol, st_value, values[i]);
        assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
        assert_int_equal(entry_points_find(&image, &points, &diagnosis),
                         i == 0 ? STATUS_OK : STATUS_ENTRY_POINT);
    }
    elf_destroy(&elf);
}

static void an_entry_point_is_in_no_discarded_section(void **state)
{
    (void)state;
    const uint8_t discarded[] = {1u << TEXT, 0};
    start(NULL);
    elf_add_symbol(&elf, "_load", TEXT, 0, GLOBAL);
    check();
    image.discarded = discarded;
    assert_int_equal(entry_points_find(&image, &points, &diagnosis), STATUS_ENTRY_POINT);
    elf_destroy(&elf);
}

static void there_is_one_of_each(void **state)
{
    (void)state;
    const uint16_t *sections = SECTIONS(TEXT, TEXT, TEXT);
    assert_int_equal(find(NULL, NAMES("_load", "_unload", "_load"), sections),
                     STATUS_SYMBOL_DUPLICATE);
    assert_string_equal(diagnosis.detail, "_load");
    assert_int_equal(find("entry=config", NAMES("config", "config"), sections),
                     STATUS_SYMBOL_DUPLICATE);
    assert_string_equal(diagnosis.detail, "config");
}

/* Whatever is right or wrong with the recorded one. */
static void what_is_wrong_with_the_first_is_said(void **state)
{
    (void)state;
    const uint16_t *sections = SECTIONS(NOTE, TEXT);
    assert_int_equal(find("entry=config", NAMES("_load", "config"), sections), STATUS_ENTRY_POINT);
    assert_int_equal(find("entry=config", NAMES("_load", "other"), sections), STATUS_ENTRY_POINT);
    assert_memory_equal(diagnosis.detail, "_load in section ", 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_global_name_in_memory_is_exported),
        cmocka_unit_test(what_elf_hides_is_not_exported),
        cmocka_unit_test(an_object_without_names_exports_none),
        cmocka_unit_test(with_records_only_those_are_exported),
        cmocka_unit_test(entry_points_are_found_by_their_names),
        cmocka_unit_test(the_recorded_entry_point_is_found_by_its_name),
        cmocka_unit_test(an_entry_point_is_code_of_its_object),
        cmocka_unit_test(an_entry_point_lies_in_its_section),
        cmocka_unit_test(an_entry_point_is_in_no_discarded_section),
        cmocka_unit_test(there_is_one_of_each),
        cmocka_unit_test(what_is_wrong_with_the_first_is_said),
    };
    return cmocka_run_group_tests_name("exports", tests, NULL, NULL);
}
