/*
 * Relocations: every type at the edges of what fits, both classes, both forms of addend; the refusals;
 * and an oracle: for the same addresses GNU ld writes the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "loader/image/relocation.h"
#include "tests/host/host_elf.h"
#include "tests/host/host_link.h"
#include "tests/host/host_programs.h"
#include "tests/host/support.h"

#define TEXT_SIZE 24
#define TEXT      ELF_FIRST
#define SYMBOL    1

/* One relocation of one absolute symbol in a .text of TEXT_SIZE bytes, which is applied at `base`. */
struct attempt {
    bool is_64;
    bool has_addend;
    uint32_t type;
    uint64_t offset;
    uint64_t symbol; /* its value */
    int64_t addend;
    uint64_t base;
    uint32_t symbol_index; /* SYMBOL when 0 */
    uint64_t symbol_size;
    bool is_undefined;
    bool is_weak;
};

static uint8_t result[TEXT_SIZE];
static struct host_linkage linkage; /* what the last one got */
static uint64_t linkage_address;    /* where it is to be */
static struct diagnosis diagnosis;

static struct span build(const struct attempt *attempt, struct elf_builder *elf)
{
    uint8_t text[TEXT_SIZE];
    const struct machine *machine = attempt->is_64 ? &machine_x86_64 : &machine_i386;
    bool is_known = attempt->type < machine->type_count;
    size_t width = is_known ? machine->types[attempt->type].width_bytes : 4;
    memset(text, 0xcc, sizeof(text));
    if (!attempt->has_addend && range_fits(attempt->offset, width, TEXT_SIZE))
        memcpy(text + attempt->offset, &attempt->addend, width);
    elf_open(elf, attempt->is_64);
    elf_add_section(elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, text, TEXT_SIZE);
    elf_add_symbol(elf, "target", attempt->is_undefined ? SHN_UNDEF : SHN_ABS,
                   attempt->is_undefined ? 0 : attempt->symbol,
                   ELF64_ST_INFO(attempt->is_weak ? STB_WEAK : STB_GLOBAL, STT_FUNC));
    unsigned section = elf_add_relocations(elf, TEXT, attempt->has_addend);
    elf_add_relocation(elf, section, attempt->offset, attempt->type,
                       attempt->symbol_index != 0 ? attempt->symbol_index : SYMBOL,
                       attempt->addend);
    elf_close(elf);
    ELF_SET_SYMBOL(elf, SYMBOL, st_size, attempt->symbol_size);
    return elf_file(elf);
}

/* Relocates a checked image at `base` into a block of exactly its size, which the caller frees. */
static enum status relocate_image(const struct image *image, uint64_t base,
                                  uint64_t (*outside)(const char *name), uint32_t *offsets,
                                  struct placement *placement, uint8_t **block)
{
    struct symbols symbols;
    struct diagnosis ignored;
    assert_int_equal(placement_plan(image, 4096, offsets, placement, &ignored), STATUS_OK);
    *block = calloc(placement->size_bytes, 1);
    placement_fill(image, placement, *block, false);
    void *memory = malloc(symbols_size(image));
    symbols_copy(image, memory, &symbols);
    for (uint32_t i = 1; i < symbols.count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        bool is_import = image_symbol_is_import(&symbol);
        symbols_set_address(&symbols, i,
                            is_import ? outside(symbol.name)
                                      : placement_symbol_address(placement, &symbol, base));
    }
    struct relocating work = {
        .image = image,
        .placement = placement,
        .symbols = &symbols,
        .block = *block,
        .base = base,
    };
    enum status status = host_relocate(&work, linkage_address, &linkage, &diagnosis);
    free(memory);
    return status;
}

static uint64_t outside_value;

static uint64_t give_outside(const char *name)
{
    (void)name;
    return outside_value;
}

static enum status apply(const struct attempt *attempt)
{
    struct elf_builder elf;
    struct image image;
    struct placement placement;
    uint32_t offsets[ELF_SECTIONS_MAX];
    uint8_t *block;
    diagnosis_init(&diagnosis);
    assert_int_equal(image_check(build(attempt, &elf), &image, &diagnosis), STATUS_OK);
    outside_value = attempt->symbol;
    enum status status =
        relocate_image(&image, attempt->base, give_outside, offsets, &placement, &block);
    memcpy(result, block, TEXT_SIZE);
    free(block);
    free(linkage.bytes);
    elf_destroy(&elf);
    return status;
}

/* The place holds `value`, and everything around it is as it was. */
static void expect_place(struct attempt attempt, unsigned width, uint64_t value)
{
    uint64_t found = 0;
    enum status status = apply(&attempt);
    if (status != STATUS_OK)
        fail_msg("E%d %s", status, diagnosis.detail);
    memcpy(&found, result + attempt.offset, width);
    assert_int_equal(found, width == 8 ? value : value & ((UINT64_C(1) << 8 * width) - 1));
    for (size_t i = 0; i < TEXT_SIZE; i++) {
        if (i < attempt.offset || i >= attempt.offset + width)
            assert_int_equal(result[i], 0xcc);
    }
}

/* The same in both forms of addend; for REL the addend must fit the place. */
static void expect_both(struct attempt attempt, unsigned width, uint64_t value)
{
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        attempt.has_addend = has_addend;
        expect_place(attempt, width, value);
    }
}

static void expect_refusal(struct attempt attempt, enum status status, const char *detail)
{
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        attempt.has_addend = has_addend;
        assert_int_equal(apply(&attempt), status);
        if (strstr(diagnosis.detail, detail) == NULL)
            fail_msg("no \"%s\" in: %s", detail, diagnosis.detail);
        assert_non_null(strstr(diagnosis.detail, ".text+0x"));
    }
}

#define KERNEL 0xffffffff80000000ull

static void x86_64_64_takes_every_value(void **state)
{
    (void)state;
    struct attempt attempt = {.is_64 = true, .type = R_X86_64_64, .base = KERNEL, .offset = 8};
    attempt.symbol = 0x123456789abcdef0;
    attempt.addend = -16;
    expect_both(attempt, 8, 0x123456789abcdee0);
    attempt.symbol = UINT64_MAX;
    attempt.addend = INT64_MAX;
    expect_both(attempt, 8, 0x7ffffffffffffffe);
}

static void x86_64_pc64_is_relative_and_takes_every_value(void **state)
{
    (void)state;
    struct attempt attempt = {.is_64 = true, .type = R_X86_64_PC64, .base = KERNEL, .offset = 3};
    attempt.symbol = 0x1000;
    attempt.addend = 5;
    expect_both(attempt, 8, 0x1005 - (KERNEL + 3));
}

static void x86_64_32_fits_what_zero_extends(void **state)
{
    (void)state;
    struct attempt attempt = {.is_64 = true, .type = R_X86_64_32, .base = KERNEL};
    attempt.symbol = 0xfffffff0;
    attempt.addend = 15;
    expect_both(attempt, 4, 0xffffffff);
    attempt.addend = 16;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, "R_X86_64_32");
    attempt.symbol = 1;
    attempt.addend = -1;
    expect_both(attempt, 4, 0);
    attempt.addend = -2;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, "symbol 1 (target) = 0x1");
    attempt.symbol = KERNEL;
    attempt.addend = 0;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, "0xffffffff80000000");
}

static void x86_64_32s_fits_what_sign_extends(void **state)
{
    (void)state;
    struct attempt attempt = {.is_64 = true, .type = R_X86_64_32S, .base = KERNEL};
    attempt.symbol = KERNEL + 1;
    attempt.addend = -1;
    expect_both(attempt, 4, 0x80000000);
    attempt.addend = -2;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, "R_X86_64_32S");
    attempt.symbol = 0x7ffffff0;
    attempt.addend = 15;
    expect_both(attempt, 4, 0x7fffffff);
    attempt.addend = 16;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, "R_X86_64_32S");
}

static void x86_64_pc32_and_plt32_reach_two_gib_either_way(void **state)
{
    (void)state;
    static const uint32_t types[] = {R_X86_64_PC32, R_X86_64_PLT32};
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        /* Only a call, whose addend is -4, is given a stub. */
        struct attempt attempt = {.is_64 = true, .type = types[i], .offset = 1, .addend = -3};
        const char *name = i == 0 ? "R_X86_64_PC32" : "R_X86_64_PLT32";
        attempt.base = 0x100000000;
        uint64_t place = attempt.base + attempt.offset;
        attempt.symbol = place + 3 + 0x7fffffff;
        expect_both(attempt, 4, 0x7fffffff);
        attempt.symbol++;
        expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, name);
        attempt.symbol = place + 3 - 0x80000000;
        expect_both(attempt, 4, 0x80000000);
        attempt.symbol--;
        expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, name);
    }
}

static void i386_arithmetic_wraps(void **state)
{
    (void)state;
    struct attempt attempt = {.type = R_386_32, .base = 0xc0000000, .offset = 2};
    attempt.symbol = 0xffffffff;
    attempt.addend = 2;
    expect_both(attempt, 4, 1);
    attempt.addend = -1;
    expect_both(attempt, 4, 0xfffffffe);
    attempt.symbol = 0x10;
    attempt.addend = -4;
    attempt.type = R_386_PC32;
    expect_both(attempt, 4, 0x10u - 4 - 0xc0000002);
    attempt.type = R_386_PLT32;
    expect_both(attempt, 4, 0x10u - 4 - 0xc0000002);
    attempt.base = 0;
    attempt.symbol = 0xfffffff0;
    expect_both(attempt, 4, 0xfffffff0u - 4 - 2);
}

/* A type that takes values from `least` to `greatest`, which it reaches by its symbol. */
static void expect_range(struct attempt attempt, unsigned width, int64_t least, int64_t greatest)
{
    uint64_t zero = attempt.symbol; /* the symbol whose value is 0 */
    attempt.symbol = zero + (uint64_t)least;
    expect_both(attempt, width, (uint64_t)least);
    attempt.symbol--;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, ", value 0x");
    attempt.symbol = zero + (uint64_t)greatest;
    expect_both(attempt, width, (uint64_t)greatest);
    attempt.symbol++;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, ", value 0x");
}

static void narrow_data_takes_either_sign(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct attempt attempt = {.is_64 = is_64, .base = 0x400000, .offset = 5, .addend = 3};
        attempt.symbol = (uint64_t)-3;
        attempt.type = is_64 ? R_X86_64_16 : R_386_16;
        expect_range(attempt, 2, INT16_MIN, UINT16_MAX);
        attempt.type = is_64 ? R_X86_64_8 : R_386_8;
        expect_range(attempt, 1, INT8_MIN, UINT8_MAX);
        attempt.symbol += 0x400005;
        attempt.type = is_64 ? R_X86_64_PC16 : R_386_PC16;
        expect_range(attempt, 2, INT16_MIN, UINT16_MAX);
    }
}

static void a_short_branch_is_signed(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct attempt attempt = {.is_64 = is_64, .base = 0x400000, .offset = 5, .addend = -1};
        attempt.symbol = 0x400006;
        attempt.type = is_64 ? R_X86_64_PC8 : R_386_PC8;
        expect_range(attempt, 1, INT8_MIN, INT8_MAX);
    }
}

static void sizes_are_of_symbols(void **state)
{
    (void)state;
    struct attempt attempt = {.is_64 = true, .type = R_X86_64_SIZE32, .symbol = 0x123456};
    attempt.addend = 2;
    attempt.symbol_size = UINT32_MAX - 2;
    expect_both(attempt, 4, UINT32_MAX);
    attempt.symbol_size++;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, "value 0x100000000");
    attempt.symbol_size = 1;
    attempt.addend = -1;
    expect_both(attempt, 4, 0);
    attempt.addend = -2;
    expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, "value 0xffffffffffffffff");
    attempt.type = R_X86_64_SIZE64;
    expect_both(attempt, 8, UINT64_MAX);
    attempt.is_64 = false;
    attempt.type = R_386_SIZE32;
    attempt.symbol_size = 0x1000;
    expect_both(attempt, 4, 0xffe);
}

static void the_size_of_what_comes_from_elsewhere_is_not_known(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct attempt attempt = {.is_64 = is_64, .symbol = 0x4000, .is_undefined = true};
        attempt.type = is_64 ? R_X86_64_SIZE32 : R_386_SIZE32;
        attempt.symbol_size = 8;
        expect_refusal(attempt, STATUS_RELOCATION_SIZE, "symbol 1 (target)");
        attempt.is_weak = true;
        attempt.addend = -1; /* with no size at all it would not fit */
        expect_refusal(attempt, STATUS_RELOCATION_SIZE, "symbol 1 (target)");
        /* A weak one that nobody has is nothing, and has no size. */
        attempt.symbol = 0;
        attempt.addend = 5;
        expect_both(attempt, 4, 5);
    }
}

static void thread_local_storage_is_refused_by_name(void **state)
{
    (void)state;
    static const struct machine *const machines[] = {&machine_i386, &machine_x86_64};
    for (int is_64 = 0; is_64 < 2; is_64++) {
        size_t refused = 0;
        for (uint32_t type = 0; type < machines[is_64]->type_count; type++) {
            struct attempt attempt = {.is_64 = is_64, .type = type, .symbol = 16};
            if (machines[is_64]->types[type].formula != FORMULA_THREAD)
                continue;
            expect_refusal(attempt, STATUS_RELOCATION_TLS, machines[is_64]->types[type].name);
            refused++;
        }
        assert_int_equal(refused, is_64 ? 11 : 23);
    }
}

static void a_weak_symbol_that_nobody_has_is_0_by_every_type(void **state)
{
    (void)state;
    static const struct machine *const machines[] = {&machine_i386, &machine_x86_64};
    for (int is_64 = 0; is_64 < 2; is_64++) {
        for (uint32_t type = 0; type < machines[is_64]->type_count; type++) {
            const struct relocation_type *row = &machines[is_64]->types[type];
            struct attempt attempt = {.is_64 = is_64, .type = type, .offset = 8};
            attempt.is_undefined = true;
            attempt.is_weak = true;
            attempt.base = row->width_bytes <= 2 ? 0 : 0x1000;
            linkage_address = 0x5000;
            if (row->width_bytes == 0)
                continue;
            bool has_slot = row->formula >= FORMULA_SLOT && row->formula <= FORMULA_SLOT_RELATIVE;
            bool is_relative = row->formula == FORMULA_RELATIVE || row->formula == FORMULA_CALL ||
                               row->formula == FORMULA_SLOT_RELATIVE ||
                               row->formula == FORMULA_TABLE;
            bool has_origin = row->formula == FORMULA_SLOT || row->formula == FORMULA_FROM_TABLE ||
                              row->formula == FORMULA_SLOT_DIRECT;
            uint64_t value = has_slot ? 0x5000 : row->formula == FORMULA_TABLE ? 0x1000 : 0;
            value -= is_relative ? attempt.base + 8 : has_origin ? attempt.base : 0;
            expect_both(attempt, row->width_bytes, value);
        }
    }
}

static void expect_unloaded(bool is_64, bool has_addend, uint32_t type, uint8_t info)
{
    struct elf_builder elf;
    struct image image;
    struct placement placement;
    uint32_t offsets[ELF_SECTIONS_MAX];
    uint8_t *block;
    elf_open(&elf, is_64);
    elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC, "12345678", 8);
    unsigned note = elf_add_section(&elf, ".comment", SHT_PROGBITS, 0, "12345678", 8);
    elf_add_symbol(&elf, "remark", (uint16_t)note, 4, info);
    unsigned section = elf_add_relocations(&elf, TEXT, has_addend);
    elf_add_relocation(&elf, section, 0, type, SYMBOL, 0);
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    assert_int_equal(relocate_image(&image, 0x1000, NULL, offsets, &placement, &block),
                     STATUS_RELOCATION_UNLOADED);
    assert_non_null(strstr(diagnosis.detail, "at .text+0x0, symbol 1 (remark)"));
    free(block);
    elf_destroy(&elf);
}

static void a_symbol_without_memory_has_no_address(void **state)
{
    (void)state;
    const uint8_t local = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
    const uint8_t global = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        expect_unloaded(true, has_addend, R_X86_64_64, local);
        expect_unloaded(true, has_addend, R_X86_64_PC32, global);
        expect_unloaded(true, has_addend, R_X86_64_PLT32, global);
        expect_unloaded(true, has_addend, R_X86_64_8, local);
        expect_unloaded(true, has_addend, R_X86_64_GOTPCREL, global);
        expect_unloaded(false, has_addend, R_386_32, global);
        expect_unloaded(false, has_addend, R_386_GOTOFF, local);
    }
}

static void absolute_zero_and_no_symbol_are_0(void **state)
{
    (void)state;
    for (int form = 0; form < 4; form++) {
        struct elf_builder elf;
        struct image image;
        struct placement placement;
        uint32_t offsets[ELF_SECTIONS_MAX];
        uint8_t *block;
        bool is_64 = form & 1;
        const uint8_t *addend = (const uint8_t *)"\x07\0\0\0\x07\0\0\0\x07\0\0\0";
        elf_open(&elf, is_64);
        elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC, addend, 12);
        elf_add_symbol(&elf, "zero", SHN_ABS, 0, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE));
        unsigned section = elf_add_relocations(&elf, TEXT, form & 2);
        uint32_t type = is_64 ? R_X86_64_32 : R_386_32;
        elf_add_relocation(&elf, section, 0, type, 0, 7);
        elf_add_relocation(&elf, section, 4, type, SYMBOL, 7);
        elf_add_relocation(&elf, section, 8, is_64 ? R_X86_64_SIZE32 : R_386_SIZE32, 0, 7);
        assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
        assert_int_equal(relocate_image(&image, 0x1000, NULL, offsets, &placement, &block),
                         STATUS_OK);
        assert_memory_equal(block, addend, 12);
        free(block);
        elf_destroy(&elf);
    }
}

static void nothing_is_done_for_none(void **state)
{
    (void)state;
    struct attempt attempt = {.is_64 = true, .has_addend = true, .type = R_X86_64_NONE};
    attempt.offset = UINT64_MAX;
    attempt.symbol_index = 77;
    assert_int_equal(apply(&attempt), STATUS_OK);
    attempt.is_64 = false;
    assert_int_equal(apply(&attempt), STATUS_OK);
    for (size_t i = 0; i < TEXT_SIZE; i++)
        assert_int_equal(result[i], 0xcc);
}

/* Whatever the value is: something else than before. */
static void expect_applied(struct attempt attempt)
{
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        attempt.has_addend = has_addend;
        if (apply(&attempt) != STATUS_OK)
            fail_msg("type %u: %s", attempt.type, diagnosis.detail);
        assert_int_not_equal(result[TEXT_SIZE - 1], 0xcc);
    }
}

static void a_place_may_end_with_its_section_but_not_behind_it(void **state)
{
    (void)state;
    static const struct machine *const machines[] = {&machine_i386, &machine_x86_64};
    for (int is_64 = 0; is_64 < 2; is_64++) {
        for (uint32_t type = 0; type < machines[is_64]->type_count; type++) {
            struct attempt attempt = {.is_64 = is_64, .type = type, .symbol = 9};
            unsigned width = machines[is_64]->types[type].width_bytes;
            attempt.offset = TEXT_SIZE - width;
            if (width == 0)
                continue;
            expect_applied(attempt);
            attempt.offset++;
            expect_refusal(attempt, STATUS_RELOCATION_PLACE, "symbol 1 (target)");
            attempt.offset = TEXT_SIZE;
            expect_refusal(attempt, STATUS_RELOCATION_PLACE, ".text+0x18");
            attempt.offset = is_64 ? UINT64_MAX : UINT32_MAX;
            expect_refusal(attempt, STATUS_RELOCATION_PLACE, "ffff");
        }
    }
}

static void a_symbol_must_exist(void **state)
{
    (void)state;
    struct attempt attempt = {.is_64 = true, .type = R_X86_64_64, .symbol_index = 2};
    expect_refusal(attempt, STATUS_RELOCATION_SYMBOL, "symbol 2 (none)");
    attempt.symbol_index = UINT32_MAX;
    expect_refusal(attempt, STATUS_RELOCATION_SYMBOL, "none");
    attempt.is_64 = false;
    attempt.type = R_386_32;
    attempt.symbol_index = 2;
    expect_refusal(attempt, STATUS_RELOCATION_SYMBOL, "symbol 2 (none)");
}

static void a_type_must_be_known(void **state)
{
    (void)state;
    struct attempt attempt = {.is_64 = true, .type = R_X86_64_COPY};
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "type 5 (unknown)");
    attempt.type = UINT32_MAX;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "type 4294967295 (unknown)");
    attempt.type = machine_x86_64.type_count;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, " (unknown)");
    attempt.is_64 = false;
    attempt.type = machine_i386.type_count;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, " (unknown)");
    attempt.type = 255;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "type 255 (unknown)");
    attempt.type = R_386_RELATIVE;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "type 8 (unknown)");
}

/* Changes one field of the relocation section's header and relocates. */
static void expect_table_refused(bool is_64, void (*damage)(struct elf_builder *elf))
{
    struct elf_builder elf;
    struct image image;
    struct placement placement;
    uint32_t offsets[ELF_SECTIONS_MAX];
    uint8_t *block;
    struct attempt attempt = {.is_64 = is_64, .has_addend = is_64, .type = R_386_32};
    build(&attempt, &elf);
    damage(&elf);
    assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
    assert_int_equal(relocate_image(&image, 0, NULL, offsets, &placement, &block),
                     STATUS_RELOCATION_TABLE);
    assert_non_null(strstr(diagnosis.detail, is_64 ? "section 5 (.rela)" : "section 5 (.rel)"));
    free(block);
    elf_destroy(&elf);
}

static void set_entry_size(struct elf_builder *elf)
{
    ELF_SET_SECTION(elf, TEXT + 1, sh_entsize, 4);
}

static void set_size(struct elf_builder *elf)
{
    ELF_SET_SECTION(elf, TEXT + 1, sh_size, 7);
}

static void set_link(struct elf_builder *elf)
{
    ELF_SET_SECTION(elf, TEXT + 1, sh_link, ELF_STRINGS);
}

static void set_target_null(struct elf_builder *elf)
{
    ELF_SET_SECTION(elf, TEXT + 1, sh_info, 0);
}

static void set_target_outside(struct elf_builder *elf)
{
    ELF_SET_SECTION(elf, TEXT + 1, sh_info, TEXT + 2);
}

static void a_relocation_table_must_be_sound(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        expect_table_refused(is_64, set_entry_size);
        expect_table_refused(is_64, set_size);
        expect_table_refused(is_64, set_link);
        expect_table_refused(is_64, set_target_null);
        expect_table_refused(is_64, set_target_outside);
    }
}

static void more_relocations_than_32_bits_count_are_refused(void **state)
{
    (void)state;
    const size_t table_size = sizeof(Elf64_Rel) << 32;
    struct elf_builder elf;
    struct image image;
    struct relocations relocations;
    enum status status;
    const struct attempt attempt = {.is_64 = true, .type = R_X86_64_64};
    size_t size = build(&attempt, &elf).size + table_size;
    ELF_SET_SECTION(&elf, TEXT + 1, sh_size, table_size);
    uint8_t *bytes = elf_map(&elf, size);
    assert_int_equal(image_check(span_make(bytes, size), &image, &diagnosis), STATUS_OK);
    assert_false(relocations_open(&image, TEXT + 1, &relocations, &status, &diagnosis));
    assert_int_equal(status, STATUS_RELOCATION_TABLE);
    ((Elf64_Shdr *)(bytes + elf.section_table))[TEXT + 1].sh_size -= sizeof(Elf64_Rel);
    assert_true(relocations_open(&image, TEXT + 1, &relocations, &status, &diagnosis));
    assert_int_equal(relocations.count, UINT32_MAX);
    munmap(bytes, size);
    elf_destroy(&elf);
}

static void sections_that_are_not_loaded_are_not_relocated(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    struct relocations relocations;
    enum status status;
    struct attempt attempt = {.is_64 = true, .has_addend = true, .type = R_X86_64_GOT32};
    build(&attempt, &elf);
    ELF_SET_SECTION(&elf, TEXT, sh_flags, 0);
    assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
    assert_false(relocations_open(&image, TEXT + 1, &relocations, &status, &diagnosis));
    assert_false(relocations_open(&image, TEXT, &relocations, &status, &diagnosis));
    elf_destroy(&elf);
}

static void open_entries(const struct attempt *attempt, struct elf_builder *elf,
                         struct image *image, struct relocations *relocations)
{
    enum status status;
    build(attempt, elf);
    assert_int_equal(image_check(elf_file(elf), image, &diagnosis), STATUS_OK);
    assert_true(relocations_open(image, TEXT + 1, relocations, &status, &diagnosis));
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(relocations->count, 1);
}

static void entries_are_read_as_they_stand(void **state)
{
    (void)state;
    for (int form = 0; form < 4; form++) {
        struct elf_builder elf;
        struct image image;
        struct relocations relocations;
        struct attempt attempt = {.is_64 = form & 1, .has_addend = form & 2, .type = R_386_32};
        attempt.offset = 0x7fffff;
        attempt.addend = -123;
        attempt.symbol_index = 0xabcdef;
        open_entries(&attempt, &elf, &image, &relocations);
        struct relocation entry = relocations_get(&image, &relocations, 0);
        assert_int_equal(entry.offset, 0x7fffff);
        assert_int_equal(entry.symbol, 0xabcdef);
        assert_int_equal(entry.type, R_386_32);
        assert_int_equal(entry.addend, attempt.has_addend ? -123 : 0);
        elf_destroy(&elf);
    }
}

static void there_is_no_entry_behind_the_last(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    struct relocations relocations;
    const struct attempt attempt = {.is_64 = true, .has_addend = true, .type = R_X86_64_64};
    open_entries(&attempt, &elf, &image, &relocations);
    assert_fires((void)relocations_get(&image, &relocations, 1));
    elf_destroy(&elf);
}

static void a_walk_meets_every_entry_for_what_gets_memory(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    elf_open(&elf, true);
    unsigned text = elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC, "12345678", 8);
    unsigned other = elf_add_section(&elf, ".debug", SHT_PROGBITS, 0, "12345678", 8);
    unsigned tables[] = {
        elf_add_relocations(&elf, text, true), elf_add_relocations(&elf, other, true),
        elf_add_relocations(&elf, text, true), elf_add_relocations(&elf, text, true)};
    elf_add_relocation(&elf, tables[0], 0, R_X86_64_32, 5, 0);
    elf_add_relocation(&elf, tables[0], 1, R_X86_64_32, 6, 0);
    elf_add_relocation(&elf, tables[1], 2, R_X86_64_32, 7, 0);
    elf_add_relocation(&elf, tables[3], 3, R_X86_64_32, 8, 0);
    elf_close(&elf);
    assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
    static const struct {
        unsigned table, entry, symbol;
    } wanted[] = {{0, 0, 5}, {0, 1, 6}, {3, 0, 8}};
    struct relocation_walk walk = {.image = &image};
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
        assert_true(relocations_next(&walk));
        assert_int_equal(walk.relocations.section, tables[wanted[i].table]);
        assert_int_equal(walk.entry, wanted[i].entry);
        assert_int_equal(walk.relocation.symbol, wanted[i].symbol);
    }
    assert_false(relocations_next(&walk));
    assert_false(relocations_next(&walk));
    elf_destroy(&elf);
}

/* The oracle. */

#define ORACLE_OUTSIDE 0x4560

static uint64_t oracle_base;
static uint64_t oracle_base_64 = 0xffffffffa0123000;

/* Addresses of names from elsewhere: near, the same for the linker. */
static uint64_t outside_address(const char *name)
{
    return oracle_base - ORACLE_OUTSIDE + 16 * strlen(name);
}

/* A linker script that puts each loaded section where the plan puts it. */
static void write_script(const struct image *image, const struct placement *placement)
{
    char script[8192];
    size_t used = (size_t)snprintf(script, sizeof(script), "SECTIONS {\n");
    for (uint32_t i = 1; i < image->section_count; i++) {
        if (placement->offsets[i] == PLACE_NONE)
            continue;
        struct image_section section = image_section(image, i);
        used += (size_t)snprintf(
            script + used, sizeof(script) - used, "placed%u 0x%llx : { *(%s) }\n", i,
            (unsigned long long)(oracle_base + placement->offsets[i]), section.name);
        assert_true(used < sizeof(script));
    }
    used += (size_t)snprintf(script + used, sizeof(script) - used,
                             ".got : { *(.got) *(.got.plt) }\n/DISCARD/ : { *(*) }\n}\n");
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        if (image_symbol_is_import(&symbol))
            used += (size_t)snprintf(script + used, sizeof(script) - used, "%s = 0x%llx;\n",
                                     symbol.name, (unsigned long long)outside_address(symbol.name));
    }
    assert_true(used < sizeof(script));
    scratch_write("oracle.ld", script, used);
}

/* What objcopy takes out of the linked file for section i equals the block there. */
static void compare_sections(const struct image *image, const struct placement *placement,
                             const uint8_t *block, const char *command)
{
    char command_line[4096];
    size_t used = 0;
    for (uint32_t i = 1; i < image->section_count; i++) {
        struct image_section section = image_section(image, i);
        if (placement->offsets[i] != PLACE_NONE && image_contents(image, &section).size != 0)
            used += (size_t)snprintf(command_line + used, sizeof(command_line) - used,
                                     " --dump-section placed%u=placed%u", i, i);
    }
    scratch_run("$OBJCOPY%s oracle /dev/null", command_line);
    for (uint32_t i = 1; i < image->section_count; i++) {
        struct image_section section = image_section(image, i);
        char name[32];
        if (placement->offsets[i] == PLACE_NONE || image_contents(image, &section).size == 0)
            continue;
        snprintf(name, sizeof(name), "placed%u", i);
        struct span linked = scratch_read(name);
        assert_int_equal(linked.size, section.size);
        if (memcmp(linked.bytes, block + placement->offsets[i], linked.size) != 0)
            fail_msg("%s: ld writes other bytes into %s", command, section.name);
        scratch_free(linked);
    }
}

static const char *const sources[] = {
    "extern int outer(int, ...); extern int outer_data; extern char outer_end[];\n"
    "static int counter = 3; int table[5] = {1, 2, 3};\n"
    "static const char *const words[] = {\"one\", \"two\", \"three\"};\n"
    "int *pointer = &table[3]; char *end = outer_end - 5; int zeroes[100];\n"
    "int helper(int x) { return x + counter++ + zeroes[x]; }\n"
    "int (*call)(int, ...) = outer; int (*const mine)(int) = helper;\n"
    "int entry(int x) { outer(x, words[x % 3], outer_data); switch (x) { case 1: return 5;\n"
    "    case 2: return outer(2); case 3: return helper(7); case 4: return table[x];\n"
    "    case 5: return *pointer; case 6: return call(8); case 7: return (int)(long)outer_end; }\n"
    "    return mine(x) + table[x]; }\n",
    "struct node { struct node *next; const char *name; void (*run)(struct node *); };\n"
    "extern void outer_run(struct node *); static void run(struct node *n) { n->name++; }\n"
    "static struct node last = {0, \"last\", run};\n"
    "struct node first = {&last, &\"first\"[2], outer_run};\n"
    "const struct node *const all[] = {&first, &last, &first + 1};\n"
    "const char *find(int i) { for (struct node *n = &first; n; n = n->next) n->run(n);\n"
    "    return i ? all[i]->name : __func__; }\n",
};

static void compare_with_ld(const char *command, const char *source, bool is_64)
{
    struct image image;
    struct placement placement;
    uint32_t offsets[256];
    uint8_t *block;
    /* String tables that ld would merge are made ordinary sections. */
    scratch_free(scratch_compile(command, "merged.o", source));
    scratch_run("$OBJCOPY --set-section-flags '.rodata*=alloc,readonly,data,contents' merged.o "
                "oracle.o");
    struct span object = scratch_read("oracle.o");
    assert_int_equal(image_check(object, &image, &diagnosis), STATUS_OK);
    assert_true(image.section_count <= ARRAY_COUNT(offsets));
    oracle_base = is_64 ? oracle_base_64 : 0xc0123000;
    enum status status =
        relocate_image(&image, oracle_base, outside_address, offsets, &placement, &block);
    if (status != STATUS_OK)
        fail_msg("%s: E%d %s", command, status, diagnosis.detail);
    write_script(&image, &placement);
    scratch_run("$LD -m %s --no-warn-rwx-segments -z noexecstack -e 0 -T oracle.ld -o oracle "
                "oracle.o",
                is_64 ? "elf_x86_64" : "elf_i386");
    compare_sections(&image, &placement, block, command);
    free(block);
    scratch_free(object);
}

static void bytes_are_those_that_ld_writes_for_x86_64(void **state)
{
    (void)state;
    static const char *const commands[] = {
        COMPILE_64,
        COMPILE_64 " -O0 -ffunction-sections -fdata-sections",
        COMPILE_64 " -fasynchronous-unwind-tables -Os",
        "clang --target=x86_64-unknown-none-elf -O2 -mcmodel=kernel -fno-pic",
    };
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strncmp(commands[i], "clang", 5) == 0 && !scratch_has_program("clang"))
            continue;
        for (size_t k = 0; k < ARRAY_COUNT(sources); k++)
            compare_with_ld(commands[i], sources[k], true);
    }
}

static void bytes_are_those_that_ld_writes_for_i386(void **state)
{
    (void)state;
    static const char *const commands[] = {
        COMPILE_32,
        COMPILE_32 " -O0 -ffunction-sections -fdata-sections",
        "clang --target=i386-unknown-none-elf -O2 -fno-pic",
    };
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strncmp(commands[i], "clang", 5) == 0 && !scratch_has_program("clang"))
            continue;
        for (size_t k = 0; k < ARRAY_COUNT(sources); k++)
            compare_with_ld(commands[i], sources[k], false);
    }
}

/* Every instruction that can be relaxed, on what is defined here and on what is not. */
#define EACH_SLOT_USE(memory, a, b)                                                                \
    "mov " memory ", %" a "; mov " memory ", %" b "; test %" b ", " memory "; adc " memory ", %" a \
    "; add " memory ", %" b "; and " memory ", %" a "; cmp " memory ", %" b "; or " memory ", %" a \
    "; sbb " memory ", %" b "; sub " memory ", %" a "; xor " memory ", %" b "; call *" memory      \
    "; jmp *" memory "\\n"
static const char *const slot_uses_64[] = {
    "asm(\".text; .globl here; here: nop\\n" EACH_SLOT_USE("here@GOTPCREL(%rip)", "rax", "r12")
        EACH_SLOT_USE("here@GOTPCREL(%rip)", "r8", "rdi") "\");",
    /* Nothing of 32 bits: of an address that needs 64, ld makes no instruction, and fails. */
    "asm(\".text; call *outer@GOTPCREL(%rip); mov outer@GOTPCREL(%rip), %rsi\\n"
    "call outer@PLT; lea outer(%rip), %rax\");",
};
static const char *const slot_uses_32[] = {
    "asm(\".text; .globl here; here: nop\\n" EACH_SLOT_USE("here@GOT(%ebx)", "eax", "edi")
        EACH_SLOT_USE("here@GOT", "ecx", "esi") "\");",
    "asm(\".text; .globl here; here: nop; call *outer@GOT(%ecx); mov outer@GOT(%ebx), %esi\\n"
    "call outer@PLT; jmp *outer@GOT; sub here@GOT(%ecx), %edx\");",
};

static void compare_all_with_ld(const char *const *commands, size_t command_count,
                                const char *const *texts, size_t text_count, bool is_64)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strncmp(commands[i], "clang", 5) == 0 && !scratch_has_program("clang"))
            continue;
        for (size_t k = 0; k < text_count; k++)
            compare_with_ld(commands[i], texts[k], is_64);
    }
}

#define PIC_64 "-m64 -fcf-protection=none -fno-asynchronous-unwind-tables -fno-stack-protector "
static void instructions_are_relaxed_as_ld_does(void **state)
{
    (void)state;
    static const char *const plain_64[] = {COMPILE_64};
    static const char *const plain_32[] = {COMPILE_32};
    static const char *const commands[] = {
        "$CC -O2 -fPIC " PIC_64,
        "$CC -O0 -fpic -fno-plt " PIC_64,
        "$CC -Os -fpie -fno-plt " PIC_64,
        "clang --target=x86_64-unknown-none-elf -O2 -fPIC",
        "clang --target=x86_64-unknown-none-elf -O1 -fPIC -fno-plt",
    };
    compare_all_with_ld(plain_64, 1, slot_uses_64, ARRAY_COUNT(slot_uses_64), true);
    compare_all_with_ld(plain_32, 1, slot_uses_32, ARRAY_COUNT(slot_uses_32), false);
    /* 32-bit instructions hold low addresses only; of others ld leaves the slot. */
    oracle_base_64 = 0x40123000;
    compare_all_with_ld(commands, ARRAY_COUNT(commands), sources, ARRAY_COUNT(sources), true);
    oracle_base_64 = 0xffffffffa0123000;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x86_64_64_takes_every_value),
        cmocka_unit_test(x86_64_pc64_is_relative_and_takes_every_value),
        cmocka_unit_test(x86_64_32_fits_what_zero_extends),
        cmocka_unit_test(x86_64_32s_fits_what_sign_extends),
        cmocka_unit_test(x86_64_pc32_and_plt32_reach_two_gib_either_way),
        cmocka_unit_test(i386_arithmetic_wraps),
        cmocka_unit_test(narrow_data_takes_either_sign),
        cmocka_unit_test(a_short_branch_is_signed),
        cmocka_unit_test(sizes_are_of_symbols),
        cmocka_unit_test(the_size_of_what_comes_from_elsewhere_is_not_known),
        cmocka_unit_test(thread_local_storage_is_refused_by_name),
        cmocka_unit_test(a_weak_symbol_that_nobody_has_is_0_by_every_type),
        cmocka_unit_test(a_symbol_without_memory_has_no_address),
        cmocka_unit_test(absolute_zero_and_no_symbol_are_0),
        cmocka_unit_test(nothing_is_done_for_none),
        cmocka_unit_test(a_place_may_end_with_its_section_but_not_behind_it),
        cmocka_unit_test(a_symbol_must_exist),
        cmocka_unit_test(a_type_must_be_known),
        cmocka_unit_test(a_relocation_table_must_be_sound),
        cmocka_unit_test(more_relocations_than_32_bits_count_are_refused),
        cmocka_unit_test(sections_that_are_not_loaded_are_not_relocated),
        cmocka_unit_test(entries_are_read_as_they_stand),
        cmocka_unit_test(there_is_no_entry_behind_the_last),
        cmocka_unit_test(a_walk_meets_every_entry_for_what_gets_memory),
        cmocka_unit_test(bytes_are_those_that_ld_writes_for_x86_64),
        cmocka_unit_test(bytes_are_those_that_ld_writes_for_i386),
        cmocka_unit_test(instructions_are_relaxed_as_ld_does),
    };
    return cmocka_run_group_tests_name("relocation", tests, NULL, NULL);
}
