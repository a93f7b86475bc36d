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
    assert_int_equal(placement_plan(&image, PAGE, offsets, &placement, &diagnosis), STATUS_OK);
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

static void a_group_begins_where_its_most_aligned_section_asks_for(void **state)
{
    (void)state;
    const uint64_t large = 2u << 20;
    unsigned text = add(".text", SHT_PROGBITS, SHF_EXECINSTR, 3, 16);
    unsigned small = add(".data", SHT_PROGBITS, SHF_WRITE, 3, 1);
    unsigned data = add(".data.b", SHT_PROGBITS, SHF_WRITE, 5, large);
    unsigned constants = add(".rodata", SHT_PROGBITS, 0, 5, 2 * PAGE);
    plan();
    assert_int_equal(offsets[text], 0);
    assert_int_equal(offsets[constants], 2 * PAGE);
    assert_int_equal(offsets[small], large);
    assert_int_equal(offsets[data], 2 * large);
    assert_int_equal(placement.alignment_bytes, large);
    assert_int_equal(placement.size_bytes, 2 * large + PAGE);
}

static void what_alignment_adds_has_a_limit(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    enum { FIT = PLACEMENT_SIZE_MAX / (2u << 20) + 1, COUNT = FIT + 4 };
    static uint32_t many[COUNT + ELF_FIRST];
    for (unsigned i = 0; i < COUNT; i++)
        add(".data", SHT_PROGBITS, SHF_WRITE, 1, i == 0 ? 1 : 2u << 20);
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    assert_int_equal(placement_plan(&image, PAGE, many, &placement, &diagnosis),
                     STATUS_PLACEMENT_SIZE);
    assert_non_null(strstr(diagnosis.detail, "section 516 (.data): 0x1 aligned to 0x200000"));
    ELF_SET_SECTION(&elf, ELF_FIRST + FIT, sh_addralign, 1);
    for (unsigned i = FIT; i < COUNT; i++)
        ELF_SET_SECTION(&elf, ELF_FIRST + i, sh_addralign, 1);
    assert_int_equal(placement_plan(&image, PAGE, many, &placement, &diagnosis), STATUS_OK);
}

/* Each segment is below the limit, all of them are above it. */
static void the_segments_together_have_the_limit_too(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    for (unsigned i = 0; i < 300; i++)
        add(".data", SHT_PROGBITS, SHF_WRITE, 1, 2u << 20);
    for (unsigned i = 0; i < 300; i++)
        add(".rodata", SHT_PROGBITS, 0, 1, 2u << 20);
    static uint32_t many[600 + ELF_FIRST];
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    assert_int_equal(placement_plan(&image, PAGE, many, &placement, &diagnosis),
                     STATUS_PLACEMENT_SIZE);
    assert_non_null(strstr(diagnosis.detail, "in all over 0x3ffff000"));
}

static void a_block_may_be_as_large_as_the_limit(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    add(".bss", SHT_NOBITS, SHF_WRITE, IMAGE_SIZE_MAX, 1);
    plan();
    image.common_alignment = 1;
    image.common_size = PLACEMENT_SIZE_MAX - IMAGE_SIZE_MAX;
    assert_int_equal(placement_plan(&image, PAGE, offsets, &placement, &diagnosis), STATUS_OK);
    assert_int_equal(placement.size_bytes, PLACEMENT_SIZE_MAX);
    image.common_size++;
    assert_int_equal(placement_plan(&image, PAGE, offsets, &placement, &diagnosis),
                     STATUS_PLACEMENT_SIZE);
}

/* A kernel does not unwind by tables, nor does it look for notes. */
static void unwinding_tables_and_properties_get_no_memory(void **state)
{
    (void)state;
    unsigned table = add(".unwind", SHT_X86_64_UNWIND, 0, 5, 8);
    unsigned frames = add(".eh_frame", SHT_PROGBITS, 0, 5, 8);
    unsigned property = add(".note.gnu.property", SHT_NOTE, 0, 5, 8);
    unsigned note = add(".note.mine", SHT_NOTE, 0, 5, 8);
    unsigned other = add(".eh_frames", SHT_PROGBITS, 0, 5, 8);
    plan();
    assert_int_equal(offsets[table], PLACE_NONE);
    assert_int_equal(offsets[frames], PLACE_NONE);
    assert_int_equal(offsets[property], PLACE_NONE);
    assert_int_equal(offsets[note], 0);
    assert_int_equal(offsets[other], 8);
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
    placement_fill(&image, &placement, NULL, false);
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
    placement_fill(&image, &placement, block, false);
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

static void of_a_zeroed_block_only_contents_are_written(void **state)
{
    (void)state;
    unsigned text = add(".text", SHT_PROGBITS, SHF_EXECINSTR, 7, 1);
    unsigned zeroes = add(".bss", SHT_NOBITS, SHF_WRITE, 3 * PAGE, 32);
    unsigned data = add(".data", SHT_PROGBITS, SHF_WRITE, 9, 1);
    plan();
    uint8_t *block = malloc(placement.size_bytes);
    memset(block, 0xaa, placement.size_bytes);
    placement_fill(&image, &placement, block, true);
    assert_int_equal(block[offsets[text] + 6], 0x40 + text);
    assert_int_equal(block[offsets[text] + 7], 0xaa);
    assert_int_equal(block[offsets[zeroes]], 0xaa);
    assert_int_equal(block[offsets[data] - 1], 0xaa);
    assert_int_equal(block[offsets[data] + 8], 0x40 + data);
    assert_int_equal(block[placement.size_bytes - 1], 0xaa);
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
    symbol.section = IMAGE_SECTION_ABSOLUTE;
    assert_int_equal(placement_symbol_address(&placement, &symbol, 0x10000), 5);
}

/* The same for a whole table at once. */
static void symbols_place_gives_each_symbol_that_address(void **state)
{
    (void)state;
    const uint16_t sections[] = {SHN_UNDEF, 4, 5, 6, SHN_ABS, SHN_UNDEF};
    const uint8_t info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
    Elf64_Sym entries[ARRAY_COUNT(sections) + 2]; /* one of them wide, then their strings */
    struct symbols symbols;
    add(".text", SHT_PROGBITS, SHF_EXECINSTR, 7, 1);
    add(".data", SHT_PROGBITS, SHF_WRITE, 7, 1);
    elf_add_section(&elf, ".comment", SHT_PROGBITS, 0, "text", 4);
    for (unsigned i = 1; i < ARRAY_COUNT(sections); i++)
        elf_add_symbol(&elf, "", sections[i], i == 3 ? 3 : i, info);
    elf_add_wide_symbol(&elf, "", 5, 2, info);
    elf_add_wide_sections(&elf);
    plan();
    symbols_copy(&image, entries, &symbols);
    symbols_place(&symbols, &image, &placement, 0x10000);
    for (uint32_t i = 1; i < symbols.count; i++) {
        struct image_symbol symbol = image_symbol(&image, i);
        assert_int_equal(symbols_address(&symbols, i),
                         placement_symbol_address(&placement, &symbol, 0x10000));
    }
    assert_int_equal(symbols_address(&symbols, ARRAY_COUNT(sections)), 0x10000 + PAGE + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(groups_begin_on_pages_in_the_order_text_constants_data,
                                        start, stop),
        cmocka_unit_test_setup_teardown(sections_keep_their_order_and_alignment, start, stop),
        cmocka_unit_test_setup_teardown(a_group_begins_where_its_most_aligned_section_asks_for,
                                        start, stop),
        cmocka_unit_test_setup_teardown(what_alignment_adds_has_a_limit, start, stop),
        cmocka_unit_test_setup_teardown(the_segments_together_have_the_limit_too, start, stop),
        cmocka_unit_test_setup_teardown(a_block_may_be_as_large_as_the_limit, start, stop),
        cmocka_unit_test_setup_teardown(unwinding_tables_and_properties_get_no_memory, start, stop),
        cmocka_unit_test_setup_teardown(an_empty_group_takes_no_page, start, stop),
        cmocka_unit_test_setup_teardown(nothing_loaded_means_no_block, start, stop),
        cmocka_unit_test_setup_teardown(symbols_place_gives_each_symbol_that_address, start, stop),
        cmocka_unit_test_setup_teardown(contents_are_copied_and_the_rest_is_zeroed, start, stop),
        cmocka_unit_test_setup_teardown(of_a_zeroed_block_only_contents_are_written, start, stop),
        cmocka_unit_test_setup_teardown(a_symbols_address_is_its_place_or_its_value, start, stop),
    };
    return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
