/* Placement: sections by protection, each group on pages of its own, alignment kept, contents copied. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "loader/image/placement.h"
#include "loader/image/symbols.h"
#include "tests/host/host_elf.h"
#include "tests/host/support.h"

#define PAGE 4096u

static struct elf_builder elf;
static struct image image;
static struct placement placement;
static uint32_t offsets[ELF_SECTIONS_MAX];

static unsigned add(const char *name, uint32_t type, uint64_t flags, size_t size,
                    uint64_t alignment)
{
    uint8_t bytes[2 * PAGE];
    memset(bytes, 0x40 + (int)elf.section_count, sizeof(bytes));
    unsigned index = elf_add_section(&elf, name, type, SHF_ALLOC | flags,
                                     type == SHT_NOBITS ? NULL : bytes, size);
    elf.sections[index].header.sh_addralign = alignment;
    return index;
}

static void plan(void)
{
    struct diagnosis diagnosis;
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    placement_plan(&image, PAGE, offsets, &placement);
}

static int start(void **state)
{
    (void)state;
    elf_open(&elf, true);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    elf_destroy(&elf);
    return 0;
}

static void groups_begin_on_pages_in_the_order_text_constants_data(void **state)
{
    (void)state;
    unsigned data = add(".data", SHT_PROGBITS, SHF_WRITE, 10, 8);
    unsigned constants = add(".rodata", SHT_PROGBITS, 0, PAGE + 1, 1);
    unsigned text = add(".text", SHT_PROGBITS, SHF_EXECINSTR, PAGE, 16);
    plan();
    assert_int_equal(offsets[text], 0);
    assert_int_equal(offsets[constants], PAGE);
    assert_int_equal(offsets[data], 3 * PAGE);
    assert_int_equal(placement.size_bytes, 4 * PAGE);
    assert_int_equal(placement.segments[SEGMENT_TEXT].size_bytes, PAGE);
    assert_int_equal(placement.segments[SEGMENT_CONSTANTS].offset_bytes, PAGE);
    assert_int_equal(placement.segments[SEGMENT_CONSTANTS].size_bytes, PAGE + 1);
    assert_int_equal(placement.segments[SEGMENT_DATA].offset_bytes, 3 * PAGE);
    assert_int_equal(placement.segments[SEGMENT_DATA].size_bytes, 10);
}

static void sections_keep_their_order_and_alignment(void **state)
{
    (void)state;
    unsigned a = add(".text", SHT_PROGBITS, SHF_EXECINSTR, 3, 1);
    unsigned b = add(".text.b", SHT_PROGBITS, SHF_EXECINSTR, 1, 0);
    unsigned c = add(".text.c", SHT_PROGBITS, SHF_EXECINSTR, 5, 64);
    unsigned d = add(".text.d", SHT_PROGBITS, SHF_EXECINSTR, 5, PAGE);
    plan();
    assert_int_equal(offsets[a], 0);
    assert_int_equal(offsets[b], 3);
    assert_int_equal(offsets[c], 64);
    assert_int_equal(offsets[d], PAGE);
    assert_int_equal(placement.segments[SEGMENT_TEXT].size_bytes, PAGE + 5);
    assert_int_equal(placement.size_bytes, 2 * PAGE);
}

static void an_empty_group_takes_no_page(void **state)
{
    (void)state;
    unsigned data = add(".data", SHT_PROGBITS, SHF_WRITE, 1, 1);
    unsigned empty = add(".text", SHT_PROGBITS, SHF_EXECINSTR, 0, 16);
    plan();
    assert_int_equal(offsets[data], 0);
    assert_int_equal(offsets[empty], 0);
    assert_int_equal(placement.segments[SEGMENT_TEXT].size_bytes, 0);
    assert_int_equal(placement.segments[SEGMENT_CONSTANTS].size_bytes, 0);
    assert_int_equal(placement.size_bytes, PAGE);
}

static void nothing_loaded_means_no_block(void **state)
{
    (void)state;
    unsigned note = elf_add_section(&elf, ".comment", SHT_PROGBITS, 0, "text", 4);
    unsigned mod = elf_add_section(&elf, ".mod.info", SHT_PROGBITS, SHF_ALLOC, "", 1);
    plan();
    assert_int_equal(placement.size_bytes, 0);
    assert_int_equal(offsets[note], PLACE_NONE);
    assert_int_equal(offsets[mod], PLACE_NONE);
    assert_int_equal(offsets[0], PLACE_NONE);
    placement_fill(&image, &placement, NULL);
}

static void contents_are_copied_and_the_rest_is_zeroed(void **state)
{
    (void)state;
    unsigned text = add(".text", SHT_PROGBITS, SHF_EXECINSTR, 7, 1);
    unsigned zeroes = add(".bss", SHT_NOBITS, SHF_WRITE, 3 * PAGE, 32);
    unsigned data = add(".data", SHT_PROGBITS, SHF_WRITE, PAGE, 1);
    plan();
    uint8_t *block = malloc(placement.size_bytes);
    memset(block, 0xaa, placement.size_bytes);
    placement_fill(&image, &placement, block);
    for (uint32_t i = 0; i < placement.size_bytes; i++) {
        uint8_t wanted = 0;
        if (i - offsets[text] < 7)
            wanted = (uint8_t)(0x40 + text);
        if (i - offsets[data] < PAGE)
            wanted = (uint8_t)(0x40 + data);
        assert_int_equal(block[i], wanted);
    }
    assert_int_equal(offsets[zeroes], PAGE);
    free(block);
}

static void a_symbols_address_is_its_place_or_its_value(void **state)
{
    (void)state;
    unsigned text = add(".text", SHT_PROGBITS, SHF_EXECINSTR, 7, 1);
    unsigned data = add(".data", SHT_PROGBITS, SHF_WRITE, 7, 1);
    unsigned note = elf_add_section(&elf, ".comment", SHT_PROGBITS, 0, "text", 4);
    plan();
    struct image_symbol symbol = {.section = (uint16_t)data, .value = 5};
    assert_int_equal(placement_symbol_address(&placement, &symbol, 0x10000), 0x10000 + PAGE + 5);
    symbol.section = (uint16_t)text;
    assert_int_equal(placement_symbol_address(&placement, &symbol, 0x10000), 0x10005);
    symbol.section = (uint16_t)note;
    assert_int_equal(placement_symbol_address(&placement, &symbol, 0x10000), 0);
    symbol.section = SHN_UNDEF;
    assert_int_equal(placement_symbol_address(&placement, &symbol, 0x10000), 0);
    symbol.section = SHN_ABS;
    assert_int_equal(placement_symbol_address(&placement, &symbol, 0x10000), 5);
}

/* The same for a whole table at once. */
static void symbols_place_gives_each_symbol_that_address(void **state)
{
    (void)state;
    const uint16_t sections[] = {SHN_UNDEF, 1, 2, 3, SHN_ABS, SHN_UNDEF};
    Elf64_Sym entries[ARRAY_COUNT(sections)] = {{0}};
    add(".text", SHT_PROGBITS, SHF_EXECINSTR, 7, 1);
    add(".data", SHT_PROGBITS, SHF_WRITE, 7, 1);
    elf_add_section(&elf, ".comment", SHT_PROGBITS, 0, "text", 4);
    plan();
    for (uint16_t i = 1; i < ARRAY_COUNT(sections); i++) {
        entries[i].st_shndx = sections[i];
        entries[i].st_value = i;
    }
    struct symbols symbols = {
        .entries = (uint8_t *)entries, .count = ARRAY_COUNT(sections), .is_64 = true};
    symbols_place(&symbols, &placement, 0x10000);
    for (uint16_t i = 1; i < ARRAY_COUNT(sections); i++) {
        struct image_symbol symbol = {.section = sections[i], .value = i};
        assert_int_equal(symbols_address(&symbols, i),
                         placement_symbol_address(&placement, &symbol, 0x10000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(groups_begin_on_pages_in_the_order_text_constants_data,
                                        start, stop),
        cmocka_unit_test_setup_teardown(sections_keep_their_order_and_alignment, start, stop),
        cmocka_unit_test_setup_teardown(an_empty_group_takes_no_page, start, stop),
        cmocka_unit_test_setup_teardown(nothing_loaded_means_no_block, start, stop),
        cmocka_unit_test_setup_teardown(symbols_place_gives_each_symbol_that_address, start, stop),
        cmocka_unit_test_setup_teardown(contents_are_copied_and_the_rest_is_zeroed, start, stop),
        cmocka_unit_test_setup_teardown(a_symbols_address_is_its_place_or_its_value, start, stop),
    };
    return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
