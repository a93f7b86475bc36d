/*
 * Objects whose sections have numbers that ELF's own fields are too narrow for: the table beside the
 * symbol table, checked, and an object of 132,000 sections from the check to relocated bytes.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/image/image.h"
#include "loader/image/placement.h"
#include "loader/image/relocation.h"
#include "loader/image/symbols.h"
#include "tests/host/host_sample.h"
#include "tests/host/support.h"

#define MANY     132000u
#define FUNCTION ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)

/* A fault: one thing done to the sample with a table of section numbers. */
struct fault {
    const char *rule;
    void (*damage)(struct elf_builder *elf, unsigned table);
    enum status status;
    const char *detail;
};

#define DAMAGE(name, statement)                                                                    \
    static void name(struct elf_builder *elf, unsigned table)                                      \
    {                                                                                              \
        (void)table;                                                                               \
        statement;                                                                                 \
    }

static void set_section(struct elf_builder *elf, unsigned table, uint32_t section)
{
    elf_store(elf, elf_section_offset(elf, table) + SAMPLE_TABLE * sizeof(section), sizeof(section),
              section);
}

DAMAGE(second_table, ELF_SET_SECTION(elf, SAMPLE_NOTE, sh_type, SHT_SYMTAB_SHNDX))
DAMAGE(other_link, ELF_SET_SECTION(elf, table, sh_link, ELF_STRINGS))
DAMAGE(entry_size, ELF_SET_SECTION(elf, table, sh_entsize, 8))
DAMAGE(too_short, ELF_SET_SECTION(elf, table, sh_size, 4 * (SAMPLE_MAYBE + 1) - 1))
DAMAGE(too_long, ELF_SET_SECTION(elf, table, sh_size, 4 * (SAMPLE_MAYBE + 1) + 1))
DAMAGE(section_outside, set_section(elf, table, elf->section_count))
DAMAGE(section_undefined, set_section(elf, table, SHN_UNDEF))
DAMAGE(section_of_elf, set_section(elf, table, SHN_ABS))
DAMAGE(section_absolute, set_section(elf, table, IMAGE_SECTION_ABSOLUTE))
DAMAGE(section_common, set_section(elf, table, IMAGE_SECTION_COMMON))
DAMAGE(strings_empty, ELF_SET_SECTION(elf, ELF_STRINGS, sh_size, 0))

static const struct fault faults[] = {
    {"there_is_one_table_of_numbers", second_table, STATUS_SYMBOL_INDEX_TABLES,
     "sections 8 and 15"},
    {"the_table_is_for_the_symbols", other_link, STATUS_SYMBOL_INDEX_LINK, "for section 2"},
    {"numbers_have_their_size", entry_size, STATUS_SYMBOL_INDEX_ENTRY_SIZE, "entries of 0x8"},
    {"there_is_a_number_for_each_symbol", too_short, STATUS_SYMBOL_INDEX_COUNT, "0x1b bytes for 7"},
    {"there_is_no_number_more", too_long, STATUS_SYMBOL_INDEX_COUNT, "0x1d bytes for 7"},
    {"the_section_exists", section_outside, STATUS_SYMBOL_SECTION, "section 16 of 16"},
    {"it_is_not_undefined", section_undefined, STATUS_SYMBOL_SECTION, "section 0 of 16"},
    {"it_is_not_elfs_absolute", section_of_elf, STATUS_SYMBOL_SECTION, "section 65521 of 16"},
    {"it_is_not_our_absolute", section_absolute, STATUS_SYMBOL_SECTION, "section 4294967295"},
    {"it_is_not_our_common", section_common, STATUS_SYMBOL_SECTION, "section 4294967294"},
    {"the_symbols_strings_are_looked_at_before", strings_empty, STATUS_STRINGS, "(.strtab)"},
};

static void open_sample(struct elf_builder *elf, bool is_64, unsigned *table)
{
    sample_open(elf, is_64);
    *table = elf_add_wide_sections(elf);
    elf_close(elf);
    ELF_SET_SYMBOL(elf, SAMPLE_TABLE, st_shndx, SHN_XINDEX);
    set_section(elf, *table, SAMPLE_DATA);
}

static void provoke(const struct fault *fault, bool is_64)
{
    struct elf_builder elf;
    struct diagnosis diagnosis;
    unsigned table;
    open_sample(&elf, is_64, &table);
    fault->damage(&elf, table);
    enum status status = sample_run(elf_file(&elf), 0x10000, &diagnosis);
    elf_destroy(&elf);
    if (status != fault->status || strstr(diagnosis.detail, fault->detail) == NULL)
        fail_msg("E%d, not E%d; it says: %s", status, fault->status, diagnosis.detail);
}

static void a_fault_gives_its_status(void **state)
{
    provoke(*state, true);
    provoke(*state, false);
}

static void a_small_object_may_have_wide_numbers(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct elf_builder elf;
        struct diagnosis diagnosis;
        unsigned table;
        open_sample(&elf, is_64, &table);
        elf_widen(&elf);
        assert_int_equal(sample_run(elf_file(&elf), 0x10000, &diagnosis), STATUS_UNRESOLVED);
        elf_destroy(&elf);
    }
}

/* Section i holds 4 bytes that the last one points to; symbols stand in the reserved range too. */
static void open_many(struct elf_builder *elf, bool is_64)
{
    elf_open(elf, is_64);
    while (elf->section_count < MANY)
        elf_add_section(elf, ".rodata", SHT_PROGBITS, SHF_ALLOC, &elf->section_count, 4);
    unsigned data = elf_add_section(elf, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, NULL, 0);
    unsigned table = elf_add_relocations(elf, data, is_64);
    for (unsigned i = ELF_FIRST; i < MANY; i += i < 0xfe00 ? 100 : 1) {
        unsigned symbol = i < SHN_LORESERVE ? elf_add_symbol(elf, "s", (uint16_t)i, i % 5, FUNCTION)
                                            : elf_add_wide_symbol(elf, "w", i, i % 5, FUNCTION);
        size_t size = elf->sections[data].contents.size;
        elf_append(&elf->sections[data].contents, "\0\0\0\0\0\0\0", is_64 ? 8 : 4);
        elf_add_relocation(elf, table, size, is_64 ? R_X86_64_64 : R_386_32, symbol, 0);
        if (i > SHN_HIRESERVE + 100 && i < MANY - 1000)
            i += 999;
    }
    elf_add_symbol(elf, "absolute", SHN_ABS, 0x1234, FUNCTION);
    elf_add_wide_sections(elf);
}

static uint64_t word(const uint8_t *bytes, bool is_64)
{
    return is_64 ? load_u64(bytes) : load_u32(bytes);
}

/* Every pointer of the last section points to its symbol, in a section that says its own number. */
static void expect_pointers(const struct image *image, const struct placement *placement,
                            const uint8_t *block, bool is_64)
{
    const uint8_t *place = block + placement->segments[SEGMENT_DATA].offset_bytes;
    for (uint32_t i = 1; i < image->symbol_count - 1; i++, place += is_64 ? 8 : 4) {
        struct image_symbol symbol = image_symbol(image, i);
        uint64_t address = word(place, is_64);
        assert_true(symbol.section >= ELF_FIRST && symbol.section < MANY);
        assert_int_equal(symbol.value, symbol.section % 5);
        assert_int_equal(address, 0x100000 + placement->offsets[symbol.section] + symbol.value);
        assert_int_equal(load_u32(block + placement->offsets[symbol.section]), symbol.section + 1);
    }
    assert_int_equal(image_symbol(image, image->symbol_count - 1).section, IMAGE_SECTION_ABSOLUTE);
}

static void relocate_many(const struct image *image, bool is_64)
{
    struct diagnosis diagnosis;
    struct placement placement;
    struct symbols symbols;
    uint32_t *offsets = malloc(image->section_count * sizeof(*offsets));
    assert_int_equal(placement_plan(image, 4096, offsets, &placement, &diagnosis), STATUS_OK);
    uint8_t *block = malloc(placement.size_bytes);
    void *memory = malloc(symbols_size(image));
    placement_fill(image, &placement, block, false);
    symbols_copy(image, memory, &symbols);
    symbols_place(&symbols, image, &placement, 0x100000);
    assert_int_equal(symbols_address(&symbols, symbols.count - 1), 0x1234);
    struct relocating work = {image, &placement, &symbols, block, .base = 0x100000};
    assert_int_equal(relocate(&work, &diagnosis), STATUS_OK);
    expect_pointers(image, &placement, block, is_64);
    /* What a backtrace sees. */
    uint32_t index = symbols_find(&symbols, 0x100000 + offsets[0xff42] + 0xff42 % 5);
    assert_string_equal(symbols_name(&symbols, index), "w");
    free(memory);
    free(block);
    free(offsets);
}

static void sections_beyond_the_reserved_numbers_are_sections(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct elf_builder elf;
        struct image image;
        struct diagnosis diagnosis;
        open_many(&elf, is_64);
        assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
        assert_true(image.section_count > MANY);
        relocate_many(&image, is_64);
        elf_destroy(&elf);
    }
}

/* Where there is a section of that number too. */
static void a_reserved_number_is_no_section_in_a_large_object(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct elf_builder elf;
        struct image image;
        struct diagnosis diagnosis;
        open_many(&elf, is_64);
        elf_close(&elf);
        ELF_SET_SYMBOL(&elf, 1, st_shndx, 0xff42);
        assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis),
                         STATUS_SYMBOL_SECTION_RESERVED);
        ELF_SET_SYMBOL(&elf, 1, st_shndx, SHN_COMMON);
        assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
        assert_int_equal(image.common_count, 1);
        elf_destroy(&elf);
    }
}

static double seconds_to_plan(unsigned count)
{
    struct elf_builder elf;
    struct diagnosis diagnosis;
    elf_open(&elf, true);
    while (elf.section_count < count)
        elf_add_section(&elf, ".rodata", SHT_PROGBITS, SHF_ALLOC, "abcd", 4);
    elf_close(&elf);
    clock_t start = clock();
    assert_int_equal(sample_run(elf_file(&elf), 0x10000, &diagnosis), STATUS_OK);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    elf_destroy(&elf);
    return seconds;
}

/* Four times the sections cost about four times the time; a square would be sixteen. */
static void many_sections_take_linear_time(void **state)
{
    (void)state;
    (void)seconds_to_plan(MANY / 4);
    assert_true(seconds_to_plan(MANY) < 8 * seconds_to_plan(MANY / 4) + 0.05);
}

int main(void)
{
    enum { FAULTS = ARRAY_COUNT(faults) };
    struct CMUnitTest tests[FAULTS + 4] = {
        cmocka_unit_test(a_small_object_may_have_wide_numbers),
        cmocka_unit_test(sections_beyond_the_reserved_numbers_are_sections),
        cmocka_unit_test(a_reserved_number_is_no_section_in_a_large_object),
        cmocka_unit_test(many_sections_take_linear_time),
    };
    for (size_t i = 0; i < FAULTS; i++)
        tests[4 + i] = (struct CMUnitTest){.name = faults[i].rule,
                                           .test_func = a_fault_gives_its_status,
                                           .initial_state = (void *)&faults[i]};
    return cmocka_run_group_tests_name("wide sections", tests, NULL, NULL);
}
