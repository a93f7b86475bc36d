/*
 * What stands in an object several times becomes one: COMDAT groups of one signature, COMMON symbols of
 * one name. Each refusal is provoked by its one fault; then whole objects go through the loader.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/hash.h"
#include "loader/image/indirect.h"
#include "loader/image/unify.h"
#include "tests/host/host_loader.h"
#include "tests/host/host_process.h"
#include "tests/host/host_programs.h"
#include "tests/host/host_sample.h"
#include "tests/host/support.h"

#define GLOBAL(type) ELF64_ST_INFO(STB_GLOBAL, type)
#define WEAK(type)   ELF64_ST_INFO(STB_WEAK, type)
#define POINTER      8u

/*
 * Sections of two groups, both "twice": their own data, "kept" and "other". A third group is none of
 * COMDAT. .data has pointers, one for each global symbol.
 */
enum {
    FIRST_DATA = ELF_FIRST,
    SECOND_DATA,
    THIRD_DATA,
    FIRST_GROUP,
    SECOND_GROUP,
    THIRD_GROUP,
    DATA,
    DATA_RELOCATIONS,
};

enum {
    SYMBOL_LOCAL = 1, /* in the second group */
    SYMBOL_TWICE,     /* in the first group, the signature of both */
    SYMBOL_AGAIN,     /* the same name, in the second group */
    SYMBOL_PLAIN,     /* the third group's */
    SYMBOL_COMMON_A,  /* COMMON, 24 bytes at 4 */
    SYMBOL_COMMON_B,  /* the same name, 8 bytes at 64 */
    SYMBOL_COMMON_C,  /* COMMON, but also defined, and weak */
    SYMBOL_DEFINED,
    SYMBOL_COMMON_D, /* COMMON, but also weak: COMMON counts */
    SYMBOL_WEAK,
    SYMBOL_COUNT
};

static void add_group(struct elf_builder *elf, uint32_t flags, uint32_t signature, uint32_t member)
{
    const uint32_t words[] = {flags, member};
    unsigned index = elf_add_section(elf, ".group", SHT_GROUP, 0, words, sizeof(words));
    elf->sections[index].header.sh_link = ELF_SYMBOLS;
    elf->sections[index].header.sh_info = signature;
    elf->sections[index].header.sh_entsize = 4;
}

static void add_common(struct elf_builder *elf, const char *name, uint64_t size, uint64_t alignment)
{
    unsigned index = elf_add_symbol(elf, name, SHN_COMMON, alignment, GLOBAL(STT_OBJECT));
    uint8_t *table = elf->sections[ELF_SYMBOLS].contents.bytes;
    if (elf->is_64)
        ((Elf64_Sym *)table)[index].st_size = size;
    else
        ((Elf32_Sym *)table)[index].st_size = (uint32_t)size;
}

static void add_symbols(struct elf_builder *elf)
{
    elf_add_symbol(elf, "local", SECOND_DATA, 0, ELF64_ST_INFO(STB_LOCAL, STT_OBJECT));
    elf_add_symbol(elf, "twice", FIRST_DATA, 4, WEAK(STT_OBJECT));
    elf_add_symbol(elf, "twice", SECOND_DATA, 8, WEAK(STT_OBJECT));
    elf_add_symbol(elf, "plain", THIRD_DATA, 0, ELF64_ST_INFO(STB_GNU_UNIQUE, STT_OBJECT));
    add_common(elf, "common", 24, 4);
    add_common(elf, "common", 8, 64);
    add_common(elf, "defined", 4096, 4096);
    elf_add_symbol(elf, "defined", DATA, 8, GLOBAL(STT_OBJECT));
    add_common(elf, "weak", 1, 0);
    elf_add_symbol(elf, "weak", DATA, 16, WEAK(STT_OBJECT));
}

static void open_object(struct elf_builder *elf, bool is_64)
{
    const uint64_t data = SHF_ALLOC | SHF_WRITE;
    static const uint8_t bytes[SYMBOL_COUNT * POINTER];
    elf_open(elf, is_64);
    elf_add_section(elf, ".data.one", SHT_PROGBITS, data | SHF_GROUP, "first of both\0\0", 16);
    elf_add_section(elf, ".data.two", SHT_PROGBITS, data | SHF_GROUP, "other of both\0\0", 16);
    elf_add_section(elf, ".data.three", SHT_PROGBITS, data | SHF_GROUP, "alone\0\0", 8);
    add_group(elf, GRP_COMDAT, SYMBOL_TWICE, FIRST_DATA);
    add_group(elf, GRP_COMDAT, SYMBOL_AGAIN, SECOND_DATA);
    add_group(elf, 0, SYMBOL_TWICE, THIRD_DATA);
    elf_add_section(elf, ".data", SHT_PROGBITS, data, bytes, sizeof(bytes));
    add_symbols(elf);
    elf_add_relocations(elf, DATA, is_64);
    for (uint32_t i = SYMBOL_TWICE; i < SYMBOL_COUNT; i++)
        elf_add_relocation(elf, DATA_RELOCATIONS, i * POINTER, is_64 ? R_X86_64_64 : R_386_32, i,
                           0);
}

/* --- faults --- */

struct fault {
    const char *rule;
    void (*damage)(struct elf_builder *elf);
    enum status status;
    const char *detail;
};

#define DAMAGE(name, statement)                                                                    \
    static void name(struct elf_builder *elf)                                                      \
    {                                                                                              \
        statement;                                                                                 \
    }

static void set_word(struct elf_builder *elf, unsigned group, unsigned word, uint32_t value)
{
    elf_store(elf, elf_section_offset(elf, group) + word * sizeof(value), sizeof(value), value);
}

DAMAGE(nothing, (void)elf)
DAMAGE(group_link, ELF_SET_SECTION(elf, THIRD_GROUP, sh_link, ELF_STRINGS))
DAMAGE(group_no_signature, ELF_SET_SECTION(elf, THIRD_GROUP, sh_info, 0))
DAMAGE(group_signature, ELF_SET_SECTION(elf, THIRD_GROUP, sh_info, SYMBOL_COUNT))
DAMAGE(group_entry_size, ELF_SET_SECTION(elf, THIRD_GROUP, sh_entsize, 8))
DAMAGE(group_empty, ELF_SET_SECTION(elf, THIRD_GROUP, sh_size, 0))
DAMAGE(group_cut, ELF_SET_SECTION(elf, THIRD_GROUP, sh_size, 7))
DAMAGE(group_flags, set_word(elf, THIRD_GROUP, 0, 2))
DAMAGE(group_flags_more, set_word(elf, FIRST_GROUP, 0, GRP_COMDAT | 1u << 31))
DAMAGE(group_member_null, set_word(elf, THIRD_GROUP, 1, 0))
DAMAGE(group_member_outside, set_word(elf, THIRD_GROUP, 1, elf->section_count))
DAMAGE(group_nested, set_word(elf, THIRD_GROUP, 1, FIRST_GROUP))
DAMAGE(group_itself, set_word(elf, THIRD_GROUP, 1, THIRD_GROUP))
DAMAGE(group_twice, set_word(elf, THIRD_GROUP, 1, FIRST_DATA))
DAMAGE(group_no_members, ELF_SET_SECTION(elf, THIRD_GROUP, sh_size, 4))
DAMAGE(common_local, ELF_SET_SYMBOL(elf, SYMBOL_LOCAL, st_shndx, SHN_COMMON))
DAMAGE(common_odd, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_D, st_value, 24))
DAMAGE(common_aligned, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_D, st_value, 4u << 20))
DAMAGE(common_aligned_most, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_D, st_value, IMAGE_ALIGNMENT_MAX))
DAMAGE(common_large, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_D, st_size, IMAGE_SIZE_MAX + 1))
DAMAGE(common_large_model, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_D, st_shndx, 0xff02))
DAMAGE(common_sum, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_D, st_size, IMAGE_SIZE_MAX);
       ELF_SET_SYMBOL(elf, SYMBOL_COMMON_A, st_size, IMAGE_SIZE_MAX))
DAMAGE(common_placed, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_D, st_size, IMAGE_SIZE_MAX - 64);
       ELF_SET_SECTION(elf, DATA, sh_type, SHT_NOBITS);
       ELF_SET_SECTION(elf, DATA_RELOCATIONS, sh_type, SHT_PROGBITS);
       ELF_SET_SECTION(elf, DATA, sh_size, IMAGE_SIZE_MAX - 100))
DAMAGE(defined_twice, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_C, st_shndx, DATA);
       ELF_SET_SYMBOL(elf, SYMBOL_COMMON_C, st_value, 0))
DAMAGE(weak_twice, ELF_SET_SYMBOL(elf, SYMBOL_AGAIN, st_shndx, THIRD_DATA))
DAMAGE(group_bad_then_good, set_word(elf, FIRST_GROUP, 1, 0);
       ELF_SET_SECTION(elf, FIRST_GROUP, sh_size, 16))
DAMAGE(
    no_common, for (unsigned i = SYMBOL_COMMON_A; i < SYMBOL_COUNT; i++) {
        ELF_SET_SYMBOL(elf, i, st_shndx, DATA);
        ELF_SET_SYMBOL(elf, i, st_value, 0);
    })
DAMAGE(undefined_twice, ELF_SET_SYMBOL(elf, SYMBOL_COMMON_A, st_shndx, SHN_UNDEF);
       ELF_SET_SYMBOL(elf, SYMBOL_COMMON_B, st_shndx, SHN_UNDEF))
DAMAGE(nameless_twice, ELF_SET_SYMBOL(elf, SYMBOL_PLAIN, st_name, 0);
       ELF_SET_SYMBOL(elf, SYMBOL_DEFINED, st_name, 0))
DAMAGE(binding, ELF_SET_SYMBOL(elf, SYMBOL_PLAIN, st_info, ELF64_ST_INFO(3, STT_OBJECT)))
DAMAGE(binding_high, ELF_SET_SYMBOL(elf, SYMBOL_PLAIN, st_info, ELF64_ST_INFO(15, STT_OBJECT)))
DAMAGE(type, ELF_SET_SYMBOL(elf, SYMBOL_PLAIN, st_info, GLOBAL(7)))
DAMAGE(type_high, ELF_SET_SYMBOL(elf, SYMBOL_PLAIN, st_info, GLOBAL(15)))
DAMAGE(type_common, ELF_SET_SYMBOL(elf, SYMBOL_PLAIN, st_info, GLOBAL(STT_COMMON)))

static const struct fault faults[] = {
    {"the_object_itself_is_sound", nothing, STATUS_OK, ""},
    {"a_group_is_of_the_symbol_table", group_link, STATUS_GROUP_LINK, "section 9 (.group)"},
    {"a_group_has_a_signature", group_no_signature, STATUS_GROUP_SIGNATURE, "symbol 0 of 11"},
    {"a_signature_exists", group_signature, STATUS_GROUP_SIGNATURE, "symbol 11 of 11"},
    {"a_group_has_words", group_entry_size, STATUS_GROUP_ENTRY_SIZE, "0x8"},
    {"a_group_has_flags", group_empty, STATUS_GROUP_SIZE, "0x0 bytes"},
    {"a_group_has_whole_words", group_cut, STATUS_GROUP_SIZE, "0x7 bytes"},
    {"a_groups_flags_are_known", group_flags, STATUS_GROUP_FLAGS, "section 9 (.group): 0x2"},
    {"all_flags_are_looked_at", group_flags_more, STATUS_GROUP_FLAGS, "0x80000001"},
    {"a_member_is_not_the_null_section", group_member_null, STATUS_GROUP_MEMBER, "member 0 of 12"},
    {"a_member_exists", group_member_outside, STATUS_GROUP_MEMBER, "section 9: member 12 of 12"},
    {"a_member_is_no_group", group_nested, STATUS_GROUP_NESTED, "section 9: member 7"},
    {"a_group_is_not_in_itself", group_itself, STATUS_GROUP_NESTED, "section 9: member 9"},
    {"a_section_is_in_one_group", group_twice, STATUS_GROUP_TWICE, "member 4 (.data.one)"},
    {"every_member_is_looked_at", group_bad_then_good, STATUS_GROUP_MEMBER, "section 7: member 0"},
    {"a_group_may_have_no_members", group_no_members, STATUS_OK, ""},
    {"a_common_symbol_is_not_local", common_local, STATUS_SYMBOL_COMMON, "symbol 1 (local)"},
    {"its_alignment_is_a_power", common_odd, STATUS_COMMON_ALIGNMENT_POWER, "(weak): 0x18"},
    {"its_alignment_has_a_limit", common_aligned, STATUS_COMMON_ALIGNMENT, "(weak): 0x400000"},
    {"its_alignment_may_be_the_limit", common_aligned_most, STATUS_OK, ""},
    {"its_size_has_a_limit", common_large, STATUS_COMMON_SIZE, "(weak): 0x20000001, limit"},
    {"all_their_sizes_have_a_limit", common_sum, STATUS_COMMON_SIZE, "in all over 0x20000000"},
    {"with_the_sections_there_is_one_too", common_placed, STATUS_PLACEMENT_SIZE, "of COMMON"},
    {"two_definitions_are_refused", defined_twice, STATUS_SYMBOL_DUPLICATE, "defined"},
    {"two_weak_definitions_are_refused", weak_twice, STATUS_SYMBOL_DUPLICATE, "twice"},
    {"two_definitions_are_refused_without_common_ones", no_common, STATUS_SYMBOL_DUPLICATE, ""},
    {"undefined_symbols_are_no_definitions", undefined_twice, STATUS_UNRESOLVED, ""},
    {"what_has_no_name_is_no_duplicate", nameless_twice, STATUS_OK, ""},
    {"a_binding_is_known", binding, STATUS_SYMBOL_BINDING, "(plain): binding 3"},
    {"a_binding_beyond_unique_is_unknown", binding_high, STATUS_SYMBOL_BINDING, "binding 15"},
    {"a_type_is_known", type, STATUS_SYMBOL_TYPE, "symbol 4 (plain): type 7"},
    {"a_type_of_processors_is_unknown", type_high, STATUS_SYMBOL_TYPE, "type 15"},
    {"a_type_may_be_common", type_common, STATUS_OK, ""},
};

static void provoke(const struct fault *fault, bool is_64)
{
    struct elf_builder elf;
    struct diagnosis diagnosis;
    open_object(&elf, is_64);
    elf_close(&elf);
    fault->damage(&elf);
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

/* --- whole objects --- */

static int start(void **state)
{
    (void)state;
    loader_start();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    loader_stop();
    return 0;
}

static uint64_t *load_object(struct elf_builder *elf, uint32_t *kmid)
{
    struct span file = elf_close(elf);
    host_process_add_file("/object.o", file.bytes, file.size);
    elf_destroy(elf);
    *kmid = load("/object.o");
    return (uint64_t *)(address_of("defined") - POINTER);
}

static void the_first_of_equal_groups_is_kept(void **state)
{
    (void)state;
    struct elf_builder elf;
    uint32_t kmid;
    open_object(&elf, true);
    /* Not only to those types that the loop applies. */
    elf_add_relocation(&elf, DATA_RELOCATIONS, 0, R_X86_64_GOTOFF64, SYMBOL_TWICE, 0);
    elf_add_relocation(&elf, DATA_RELOCATIONS, POINTER, R_X86_64_GOTOFF64, SYMBOL_AGAIN, 0);
    const uint64_t *pointers = load_object(&elf, &kmid);
    assert_int_equal(pointers[0], pointers[1]);
    assert_string_equal((char *)pointers[SYMBOL_TWICE], "t of both");
    assert_int_equal(pointers[SYMBOL_AGAIN], pointers[SYMBOL_TWICE]);
    assert_int_equal(address_of("twice"), pointers[SYMBOL_TWICE]);
    assert_string_equal((char *)address_of("plain"), "alone");
    unload_gone(kmid);
}

static void common_symbols_of_a_name_share_the_largest_place(void **state)
{
    (void)state;
    struct elf_builder elf;
    uint32_t kmid;
    open_object(&elf, true);
    const uint64_t *pointers = load_object(&elf, &kmid);
    const uint8_t *common = (uint8_t *)address_of("common");
    assert_int_equal(pointers[SYMBOL_COMMON_A], common);
    assert_int_equal(pointers[SYMBOL_COMMON_B], common);
    assert_int_equal((uintptr_t)common % 64, 0);
    for (unsigned i = 0; i < 24; i++)
        assert_int_equal(common[i], 0);
    const uint64_t other = address_of("weak");
    assert_true(other >= (uintptr_t)common + 24 || other + 1 <= (uintptr_t)common);
    unload_gone(kmid);
}

static void a_definition_counts_before_common_and_that_before_weak(void **state)
{
    (void)state;
    struct elf_builder elf;
    uint32_t kmid;
    open_object(&elf, true);
    const uint64_t *pointers = load_object(&elf, &kmid);
    assert_int_equal(pointers[SYMBOL_COMMON_C], pointers[SYMBOL_DEFINED]);
    assert_int_equal(address_of("defined"), pointers[SYMBOL_DEFINED]);
    assert_int_equal(pointers[SYMBOL_WEAK], pointers[SYMBOL_COMMON_D]);
    assert_int_equal(address_of("weak"), pointers[SYMBOL_COMMON_D]);
    assert_int_not_equal(address_of("weak"), (uint64_t)&pointers[2]);
    unload_gone(kmid);
}

/* Checks and unifies what was built. The caller frees the result, to which the image refers. */
static void *unify_built(struct elf_builder *elf, struct image *image, struct unified *unified)
{
    struct diagnosis diagnosis;
    assert_int_equal(image_check(elf_close(elf), image, &diagnosis), STATUS_OK);
    void *memory = malloc((size_t)unify_size(image));
    assert_int_equal(unify(image, memory, unified, &diagnosis), STATUS_OK);
    return memory;
}

/* A section in a group of its own, with a section symbol as signature: its own one, or one of `of`. */
static unsigned add_signed(struct elf_builder *elf, const char *section, const char *symbol,
                           uint16_t of)
{
    unsigned index = elf_add_section(elf, section, SHT_PROGBITS, SHF_ALLOC, "x", 1);
    unsigned signature = elf_add_symbol(elf, symbol, of != 0 ? of : (uint16_t)index, 0,
                                        ELF64_ST_INFO(STB_LOCAL, STT_SECTION));
    add_group(elf, GRP_COMDAT, signature, index);
    return index;
}

/* What assemblers do when the signature is a section's name; a symbol of no section has its own. */
static void a_signature_may_be_a_sections_name(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    struct unified unified;
    elf_open(&elf, true);
    add_signed(&elf, ".data.same", "", 0);
    unsigned same = add_signed(&elf, ".data.same", "", 0);
    add_signed(&elf, ".data.other", "", 0);
    add_signed(&elf, ".data.one", "named", SHN_ABS);
    unsigned named = add_signed(&elf, ".data.two", "named", SHN_ABS);
    void *memory = unify_built(&elf, &image, &unified);
    for (unsigned i = 0; i < image.section_count; i++)
        assert_int_equal(image_section(&image, i).is_discarded, i == same || i == named);
    struct image_section discarded = image_section(&image, same);
    assert_false(image_section_is_loaded(&discarded));
    free(memory);
    elf_destroy(&elf);
}

static void groups_that_are_all_kept_leave_symbols_as_they_are(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    struct unified unified;
    elf_open(&elf, true);
    unsigned data = add_signed(&elf, ".data", "", 0);
    elf_add_symbol(&elf, "global", (uint16_t)data, 0, GLOBAL(STT_OBJECT));
    void *memory = unify_built(&elf, &image, &unified);
    assert_int_equal(unified.item_count, 0);
    assert_null(image.shadowed);
    free(memory);
    elf_destroy(&elf);
}

/* The two names have the same hash. */
static void each_name_takes_the_room_of_its_largest_common_symbol(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    struct unified unified;
    assert_int_equal(hash_name("hjna"), hash_name("izgd"));
    elf_open(&elf, true);
    add_common(&elf, "hjna", 8, 8);
    add_common(&elf, "hjna", 4, 16);
    add_common(&elf, "izgd", 40, 8);
    void *memory = unify_built(&elf, &image, &unified);
    assert_int_equal(image.common_size, 8 + 40);
    assert_int_equal(image.common_alignment, 16);
    free(memory);
    elf_destroy(&elf);
}

static void common_symbols_may_be_as_large_as_the_limit(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    struct unified unified;
    elf_open(&elf, true);
    add_common(&elf, "large", IMAGE_SIZE_MAX, 1);
    free(unify_built(&elf, &image, &unified));
    assert_int_equal(image.common_size, IMAGE_SIZE_MAX);
    elf_destroy(&elf);
}

/* One is in a discarded section, of another one's name a COMMON symbol counts. */
static void indirect_functions_that_do_not_count_have_no_stubs(void **state)
{
    (void)state;
    const uint64_t code = SHF_ALLOC | SHF_EXECINSTR;
    struct elf_builder elf;
    struct image image;
    struct unified unified;
    struct placement placement;
    struct symbols symbols;
    struct linkage linkage;
    struct diagnosis diagnosis;
    uint32_t offsets[ELF_SECTIONS_MAX];
    uint32_t map[64];
    elf_open(&elf, true);
    unsigned kept = elf_add_section(&elf, ".text.one", SHT_PROGBITS, code, "x", 1);
    unsigned other = elf_add_section(&elf, ".text.two", SHT_PROGBITS, code, "x", 1);
    elf_add_symbol(&elf, "local", (uint16_t)other, 0, ELF64_ST_INFO(STB_LOCAL, STT_GNU_IFUNC));
    unsigned counts = elf_add_symbol(&elf, "one", (uint16_t)kept, 0, GLOBAL(STT_GNU_IFUNC));
    elf_add_symbol(&elf, "weak", (uint16_t)kept, 0, WEAK(STT_GNU_IFUNC));
    add_common(&elf, "weak", 8, 8);
    add_group(&elf, GRP_COMDAT, counts, kept);
    add_group(&elf, GRP_COMDAT, counts, other);
    void *memory = unify_built(&elf, &image, &unified);
    assert_int_equal(placement_plan(&image, 4096, offsets, &placement, &diagnosis), STATUS_OK);
    void *copy = malloc((size_t)symbols_size(&image));
    symbols_copy(&image, copy, &symbols);
    symbols_place(&symbols, &image, &placement, 0x10000);
    assert_true(linkage_map_size(symbols.count) <= sizeof(map));
    linkage_init(&linkage, image.machine, symbols.count, map);
    indirect_want(&image, &symbols, &linkage);
    assert_int_equal(linkage.layout.stub_count, 1);
    assert_int_not_equal(linkage.stubs[counts], 0);
    free(copy);
    free(memory);
    elf_destroy(&elf);
}

static void what_needs_no_unifying_takes_no_memory(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    struct diagnosis diagnosis;
    sample_open(&elf, true);
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    assert_int_equal(unify_size(&image), 0);
    elf_destroy(&elf);
}

static double seconds_to_unify(unsigned count)
{
    struct elf_builder elf;
    struct image image;
    struct unified unified;
    struct diagnosis diagnosis;
    char name[32];
    elf_open(&elf, true);
    elf_add_section(&elf, ".data", SHT_PROGBITS, SHF_ALLOC, "x", 1);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "name%u", i * 7919 % count / 2);
        add_common(&elf, name, 8, 8);
    }
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    void *memory = malloc((size_t)unify_size(&image));
    clock_t begin = clock();
    assert_int_equal(unify(&image, memory, &unified, &diagnosis), STATUS_OK);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    assert_int_equal(image.common_size, count / 2 * 8);
    free(memory);
    elf_destroy(&elf);
    return seconds;
}

/* Four times the names cost about five times the time; a square would be sixteen. */
static void many_names_take_no_squares(void **state)
{
    (void)state;
    (void)seconds_to_unify(20000);
    assert_true(seconds_to_unify(80000) < 9 * seconds_to_unify(20000) + 0.05);
}

/* --- what compilers write --- */

static enum status run_compiled(const char *command, const char *source)
{
    struct diagnosis diagnosis;
    struct span object = scratch_compile(command, "c.o", source);
    enum status status = sample_run(object, 0x10000, &diagnosis);
    scratch_free(object);
    return status;
}

static void objects_without_machine_code_say_so(void **state)
{
    (void)state;
    static const char source[] = "int f(void) { return 1; }";
    assert_int_equal(run_compiled("$CC -flto", source), STATUS_OBJECT_LTO);
    assert_int_equal(run_compiled("$CC -m32 -flto", source), STATUS_OBJECT_LTO);
    assert_int_equal(run_compiled("$CC -flto -ffat-lto-objects", source), STATUS_OK);
    assert_int_equal(run_compiled("$CC -mx32", source), STATUS_ELF_X32);
    if (scratch_has_program("clang"))
        assert_int_equal(run_compiled("clang -flto", source), STATUS_FILE_BITCODE);
    struct diagnosis diagnosis;
    const uint8_t wrapped[] = {0xde, 0xc0, 0x17, 0x0b, 0, 0, 0, 0};
    assert_int_equal(sample_run(span_make(wrapped, sizeof(wrapped)), 0, &diagnosis),
                     STATUS_FILE_BITCODE);
    host_process_add_file("/wrapped.bc", wrapped, sizeof(wrapped));
    load_refused("/wrapped.bc", STATUS_FILE_BITCODE, "");
}

/* The medium model has COMMON symbols of its own, the last of the reserved sections that binds. */
static void large_common_symbols_are_common(void **state)
{
    (void)state;
    static const char source[] = "int small; char large[100000]; int f(void) { return 1; }";
    assert_int_equal(run_compiled("$CC -m64 -fno-pic -mcmodel=medium -fcommon", source), STATUS_OK);
    assert_int_equal(run_compiled("$CC -m32 -fno-pic -fcommon", source), STATUS_OK);
}

/* The number is one of x86_64's own. */
static void objects_of_32_bits_have_no_large_common_symbols(void **state)
{
    (void)state;
    const struct fault fault = {"", common_large_model, STATUS_SYMBOL_SECTION_RESERVED,
                                "(weak): section 0xff02"};
    provoke(&fault, false);
}

int main(void)
{
    enum { PLAIN = 13, FAULTS = ARRAY_COUNT(faults) };
    struct CMUnitTest tests[PLAIN + FAULTS] = {
        cmocka_unit_test_setup_teardown(the_first_of_equal_groups_is_kept, start, stop),
        cmocka_unit_test_setup_teardown(common_symbols_of_a_name_share_the_largest_place, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_definition_counts_before_common_and_that_before_weak,
                                        start, stop),
        cmocka_unit_test(a_signature_may_be_a_sections_name),
        cmocka_unit_test(groups_that_are_all_kept_leave_symbols_as_they_are),
        cmocka_unit_test(each_name_takes_the_room_of_its_largest_common_symbol),
        cmocka_unit_test(common_symbols_may_be_as_large_as_the_limit),
        cmocka_unit_test(indirect_functions_that_do_not_count_have_no_stubs),
        cmocka_unit_test(what_needs_no_unifying_takes_no_memory),
        cmocka_unit_test(many_names_take_no_squares),
        cmocka_unit_test_setup_teardown(objects_without_machine_code_say_so, start, stop),
        cmocka_unit_test(large_common_symbols_are_common),
        cmocka_unit_test(objects_of_32_bits_have_no_large_common_symbols),
    };
    for (size_t i = 0; i < FAULTS; i++)
        tests[PLAIN + i] = (struct CMUnitTest){.name = faults[i].rule,
                                               .test_func = a_fault_gives_its_status,
                                               .initial_state = (void *)&faults[i]};
    return cmocka_run_group_tests_name("unify", tests, NULL, NULL);
}
