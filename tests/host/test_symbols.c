/* Symbols with final addresses: the copy stands alone, and the nearest one below an address is found. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "loader/image/symbols.h"
#include "tests/host/host_elf.h"
#include "tests/host/support.h"

#define LOCAL_FUNCTION  ELF64_ST_INFO(STB_LOCAL, STT_FUNC)
#define LOCAL_LABEL     ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE)
#define GLOBAL_FUNCTION ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)
#define GLOBAL_OBJECT   ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT)

/* Symbols of every kind; their addresses are set as a load would, at 0x1000. */
static void make_symbols(bool is_64, struct symbols *symbols)
{
    struct elf_builder elf;
    struct image image;
    struct diagnosis diagnosis;
    static const uint8_t bytes[64];
    elf_open(&elf, is_64);
    unsigned text = elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, bytes,
                                    sizeof(bytes));
    unsigned note = elf_add_section(&elf, ".comment", SHT_PROGBITS, 0, bytes, sizeof(bytes));
    elf_add_symbol(&elf, "file.c", SHN_ABS, 0, ELF64_ST_INFO(STB_LOCAL, STT_FILE));
    elf_add_symbol(&elf, ".text", (uint16_t)text, 0, ELF64_ST_INFO(STB_LOCAL, STT_SECTION));
    elf_add_symbol(&elf, "remark", (uint16_t)note, 0, LOCAL_FUNCTION);
    elf_add_symbol(&elf, "middle", (uint16_t)text, 16, LOCAL_FUNCTION);
    elf_add_symbol(&elf, "start_label", (uint16_t)text, 8, LOCAL_LABEL);
    elf_add_symbol(&elf, "", (uint16_t)text, 4, LOCAL_LABEL);
    elf_add_symbol(&elf, "end", (uint16_t)text, 56, LOCAL_LABEL);
    elf_add_symbol(&elf, "end_too", (uint16_t)text, 56, LOCAL_LABEL);
    elf_add_symbol(&elf, "start", (uint16_t)text, 8, GLOBAL_FUNCTION);
    elf_add_symbol(&elf, "start_too", (uint16_t)text, 8, GLOBAL_FUNCTION);
    elf_add_symbol(&elf, "late", (uint16_t)text, 32, GLOBAL_OBJECT);
    unsigned fixed = elf_add_symbol(&elf, "fixed", SHN_ABS, 0x1028, GLOBAL_OBJECT);
    unsigned outer =
        elf_add_symbol(&elf, "outer", SHN_UNDEF, 0, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE));
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    uint64_t size = symbols_size(&image);
    symbols_copy(&image, malloc(size), symbols);
    for (uint32_t i = 1; i < symbols->count; i++) {
        struct image_symbol symbol = image_symbol(&image, i);
        symbols_set_address(symbols, i, symbol.section == text ? 0x1000 + symbol.value : 0);
    }
    symbols_set_address(symbols, fixed, 0x1028);
    symbols_set_address(symbols, outer, 0x102c); /* as if it had been bound */
    elf_destroy(&elf);
}

static void expect_nearest(const struct symbols *symbols, uint64_t address, const char *name)
{
    uint32_t index = symbols_find(symbols, address);
    if (name == NULL)
        assert_int_equal(index, 0);
    else
        assert_string_equal(symbols_name(symbols, index), name);
}

/* An assembler's `.set before, start - 8`: what it means is the same sum, below or above the section. */
static void a_symbol_may_name_a_place_outside_its_section(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct elf_builder elf;
        struct image image;
        struct diagnosis diagnosis;
        struct symbols symbols;
        struct placement placement;
        uint32_t offsets[ELF_SECTIONS_MAX];
        elf_open(&elf, is_64);
        unsigned data = elf_add_section(&elf, ".data", SHT_PROGBITS, SHF_ALLOC, "12345678", 8);
        unsigned before = elf_add_symbol(&elf, "before", (uint16_t)data, -8ull, GLOBAL_OBJECT);
        unsigned behind = elf_add_symbol(&elf, "behind", (uint16_t)data, 0x10000, GLOBAL_OBJECT);
        assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
        assert_int_equal(placement_plan(&image, 4096, offsets, &placement, &diagnosis), STATUS_OK);
        symbols_copy(&image, malloc((size_t)symbols_size(&image)), &symbols);
        symbols_place(&symbols, &image, &placement, 0x50000);
        assert_int_equal(symbols_address(&symbols, before), 0x4fff8);
        assert_int_equal(symbols_address(&symbols, behind), 0x60000);
        free(symbols.entries);
        elf_destroy(&elf);
    }
}

static void the_copy_does_not_need_the_file(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct symbols symbols;
        make_symbols(is_64, &symbols);
        assert_int_equal(symbols.count, 14);
        assert_string_equal(symbols_name(&symbols, 4), "middle");
        assert_int_equal(symbols_address(&symbols, 4), 0x1010);
        assert_string_equal(symbols_name(&symbols, 13), "outer");
        free(symbols.entries);
    }
}

static void the_nearest_symbol_below_is_found(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct symbols symbols;
        make_symbols(is_64, &symbols);
        expect_nearest(&symbols, 0x100f, "start");
        expect_nearest(&symbols, 0x1010, "middle");
        expect_nearest(&symbols, 0x101f, "middle");
        expect_nearest(&symbols, 0x1020, "late");
        expect_nearest(&symbols, 0x1037, "late");
        expect_nearest(&symbols, 0x5000, "end");
        free(symbols.entries);
    }
}

static void a_function_goes_before_a_label_and_else_the_first_at_an_address(void **state)
{
    (void)state;
    struct symbols symbols;
    make_symbols(true, &symbols);
    expect_nearest(&symbols, 0x1008, "start");
    expect_nearest(&symbols, 0x1038, "end");
    free(symbols.entries);
}

static void only_names_of_places_in_memory_are_found(void **state)
{
    (void)state;
    struct symbols symbols;
    make_symbols(true, &symbols);
    expect_nearest(&symbols, 0x1007, NULL);
    expect_nearest(&symbols, 0, NULL);
    free(symbols.entries);
}

static void addresses_are_as_wide_as_the_class(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct symbols symbols;
        make_symbols(is_64, &symbols);
        symbols_set_address(&symbols, 1, 0xffffffffa0000000);
        assert_int_equal(symbols_address(&symbols, 1), is_64 ? 0xffffffffa0000000 : 0xa0000000);
        free(symbols.entries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_symbol_may_name_a_place_outside_its_section),
        cmocka_unit_test(the_copy_does_not_need_the_file),
        cmocka_unit_test(the_nearest_symbol_below_is_found),
        cmocka_unit_test(a_function_goes_before_a_label_and_else_the_first_at_an_address),
        cmocka_unit_test(only_names_of_places_in_memory_are_found),
        cmocka_unit_test(addresses_are_as_wide_as_the_class),
    };
    return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
