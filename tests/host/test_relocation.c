/*
 * Relocations: every type at the edges of what fits, both classes, both forms of addend; the refusals;
 * and an oracle: for the same addresses GNU ld writes the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/image/relocation.h"
#include "tests/host/host_elf.h"
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
};

static uint8_t result[TEXT_SIZE];
static struct diagnosis diagnosis;

static struct span build(const struct attempt *attempt, struct elf_builder *elf)
{
    uint8_t text[TEXT_SIZE];
    bool is_wide =
        attempt->is_64 && (attempt->type == R_X86_64_64 || attempt->type == R_X86_64_PC64);
    size_t width = is_wide ? 8 : 4;
    memset(text, 0xcc, sizeof(text));
    if (!attempt->has_addend && range_fits(attempt->offset, width, TEXT_SIZE))
        memcpy(text + attempt->offset, &attempt->addend, width);
    elf_open(elf, attempt->is_64);
    elf_add_section(elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, text, TEXT_SIZE);
    elf_add_symbol(elf, "target", SHN_ABS, attempt->symbol, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC));
    unsigned section = elf_add_relocations(elf, TEXT, attempt->has_addend);
    elf_add_relocation(elf, section, attempt->offset, attempt->type,
                       attempt->symbol_index != 0 ? attempt->symbol_index : SYMBOL,
                       attempt->addend);
    return elf_close(elf);
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
    placement_fill(image, placement, *block);
    void *memory = malloc(symbols_size(image));
    symbols_copy(image, memory, &symbols);
    for (uint32_t i = 1; i < symbols.count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        bool is_import = image_symbol_is_import(&symbol);
        symbols_set_address(&symbols, i,
                            is_import ? outside(symbol.name)
                                      : placement_symbol_address(placement, &symbol, base));
    }
    enum status status = relocate(image, placement, &symbols, *block, base, &diagnosis);
    free(memory);
    return status;
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
    enum status status = relocate_image(&image, attempt->base, NULL, offsets, &placement, &block);
    memcpy(result, block, TEXT_SIZE);
    free(block);
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
    assert_int_equal(found, width == 8 ? value : (uint32_t)value);
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
        struct attempt attempt = {.is_64 = true, .type = types[i], .offset = 1, .addend = -4};
        const char *name = i == 0 ? "R_X86_64_PC32" : "R_X86_64_PLT32";
        attempt.base = 0x100000000;
        uint64_t place = attempt.base + attempt.offset;
        attempt.symbol = place + 4 + 0x7fffffff;
        expect_both(attempt, 4, 0x7fffffff);
        attempt.symbol++;
        expect_refusal(attempt, STATUS_RELOCATION_OVERFLOW, name);
        attempt.symbol = place + 4 - 0x80000000;
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

static void a_place_may_end_with_its_section_but_not_behind_it(void **state)
{
    (void)state;
    static const struct {
        bool is_64;
        uint32_t type;
        unsigned width;
    } cases[] = {{true, R_X86_64_32, 4}, {true, R_X86_64_64, 8}, {false, R_386_32, 4}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct attempt attempt = {.is_64 = cases[i].is_64, .type = cases[i].type, .symbol = 9};
        attempt.offset = TEXT_SIZE - cases[i].width;
        expect_both(attempt, cases[i].width, 9);
        attempt.offset++;
        expect_refusal(attempt, STATUS_RELOCATION_PLACE, "symbol 1 (target)");
        attempt.offset = TEXT_SIZE;
        expect_refusal(attempt, STATUS_RELOCATION_PLACE, ".text+0x18");
        attempt.offset = cases[i].is_64 ? UINT64_MAX : UINT32_MAX;
        expect_refusal(attempt, STATUS_RELOCATION_PLACE, "ffff");
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
    struct attempt attempt = {.is_64 = true, .type = R_X86_64_GOTPCREL};
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "R_X86_64_GOTPCREL");
    attempt.type = R_X86_64_COPY;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "type 5 (unknown)");
    attempt.type = UINT32_MAX;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "type 4294967295 (unknown)");
    attempt.is_64 = false;
    attempt.type = 255;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "type 255 (unknown)");
    attempt.type = R_386_GOT32X;
    expect_refusal(attempt, STATUS_RELOCATION_TYPE, "R_386_GOT32X");
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

static void entries_are_read_as_they_stand(void **state)
{
    (void)state;
    for (int form = 0; form < 4; form++) {
        struct elf_builder elf;
        struct image image;
        struct relocations relocations;
        enum status status;
        struct attempt attempt = {.is_64 = form & 1, .has_addend = form & 2, .type = R_386_32};
        attempt.offset = 0x7fffff;
        attempt.addend = -123;
        attempt.symbol_index = 0xabcdef;
        build(&attempt, &elf);
        assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
        assert_true(relocations_open(&image, TEXT + 1, &relocations, &status, &diagnosis));
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(relocations.count, 1);
        struct relocation entry = relocations_get(&image, &relocations, 0);
        assert_int_equal(entry.offset, 0x7fffff);
        assert_int_equal(entry.symbol, 0xabcdef);
        assert_int_equal(entry.type, R_386_32);
        assert_int_equal(entry.addend, attempt.has_addend ? -123 : 0);
        elf_destroy(&elf);
    }
}

/* The oracle. */

#define ORACLE_OUTSIDE 0x4560

static uint64_t oracle_base;

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
    used += (size_t)snprintf(script + used, sizeof(script) - used, "/DISCARD/ : { *(*) }\n}\n");
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
    oracle_base = is_64 ? 0xffffffffa0123000 : 0xc0123000;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x86_64_64_takes_every_value),
        cmocka_unit_test(x86_64_pc64_is_relative_and_takes_every_value),
        cmocka_unit_test(x86_64_32_fits_what_zero_extends),
        cmocka_unit_test(x86_64_32s_fits_what_sign_extends),
        cmocka_unit_test(x86_64_pc32_and_plt32_reach_two_gib_either_way),
        cmocka_unit_test(i386_arithmetic_wraps),
        cmocka_unit_test(nothing_is_done_for_none),
        cmocka_unit_test(a_place_may_end_with_its_section_but_not_behind_it),
        cmocka_unit_test(a_symbol_must_exist),
        cmocka_unit_test(a_type_must_be_known),
        cmocka_unit_test(a_relocation_table_must_be_sound),
        cmocka_unit_test(sections_that_are_not_loaded_are_not_relocated),
        cmocka_unit_test(entries_are_read_as_they_stand),
        cmocka_unit_test(bytes_are_those_that_ld_writes_for_x86_64),
        cmocka_unit_test(bytes_are_those_that_ld_writes_for_i386),
    };
    return cmocka_run_group_tests_name("relocation", tests, NULL, NULL);
}
