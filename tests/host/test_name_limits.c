/*
 * What names may cost: each is hashed and compared, so all of them together have a limit, also where many
 * share the bytes of few; so have the signatures of groups, names that fall into one place, import files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/image/image.h"
#include "loader/image/unify.h"
#include "loader/link/name_space.h"
#include "tests/host/host_elf.h"
#include "tests/host/support.h"

#define LONG_NAME  (IMAGE_NAME_MAX - 1) /* and its end: as many go into the limit */
#define LONG_COUNT (IMAGE_NAMES_TOTAL / (LONG_NAME + 1))
#define GLOBAL     ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE)

static char long_name[LONG_NAME + 1];

static int name(void **state)
{
    (void)state;
    memset(long_name, 'n', LONG_NAME);
    return 0;
}

/* An object with `count` undefined symbols, of which symbol 1 has the long name. */
static void open_symbols(struct elf_builder *elf, bool is_64, unsigned count)
{
    elf_open(elf, is_64);
    elf_add_symbol(elf, long_name, SHN_UNDEF, 0, GLOBAL);
    for (unsigned i = 1; i < count; i++)
        elf_add_symbol(elf, "", SHN_UNDEF, 0, GLOBAL);
}

/* The last `length` bytes of the long name, which begins at 1, for symbols `first` to `end` - 1. */
static void set_names(struct elf_builder *elf, unsigned first, unsigned end, uint32_t length)
{
    for (unsigned i = first; i < end; i++)
        ELF_SET_SYMBOL(elf, i, st_name, 1 + LONG_NAME - length);
}

static enum status check(struct elf_builder *elf, struct diagnosis *diagnosis)
{
    struct image image;
    diagnosis_init(diagnosis);
    return image_check(elf_file(elf), &image, diagnosis);
}

/* That is: each name is as long as the average may be, so that they need not be added up. */
static void global_names_may_be_as_long_together_as_the_limit(void **state)
{
    (void)state;
    for (unsigned width = 0; width < 2; width++) {
        struct elf_builder elf;
        struct diagnosis diagnosis;
        open_symbols(&elf, width != 0, LONG_COUNT);
        elf_close(&elf);
        set_names(&elf, 1, LONG_COUNT + 1, LONG_NAME);
        assert_int_equal(check(&elf, &diagnosis), STATUS_OK);
        elf_destroy(&elf);
    }
}

/* Some are longer than the average may be, so they are added up. */
static void global_names_are_added_up_to_the_last_byte(void **state)
{
    (void)state;
    for (unsigned width = 0; width < 2; width++) {
        struct elf_builder elf;
        struct diagnosis diagnosis;
        open_symbols(&elf, width != 0, LONG_COUNT + 1);
        elf_close(&elf);
        set_names(&elf, 1, LONG_COUNT, LONG_NAME);
        set_names(&elf, LONG_COUNT, LONG_COUNT + 1, LONG_NAME - 1);
        assert_int_equal(check(&elf, &diagnosis), STATUS_OK);
        set_names(&elf, LONG_COUNT, LONG_COUNT + 1, LONG_NAME);
        assert_int_equal(check(&elf, &diagnosis), STATUS_SYMBOL_NAMES_TOTAL);
        assert_string_equal(diagnosis.detail, "257 names in 0x4001 bytes, in all over 0x400000");
        elf_destroy(&elf);
    }
}

/* So many symbols that not even a zero is left for each; they have no other name. */
static void names_without_a_letter_count_too(void **state)
{
    (void)state;
    const size_t size = (size_t)IMAGE_NAMES_TOTAL * sizeof(Elf32_Sym);
    Elf32_Sym *symbols = calloc(1, size);
    assert_non_null(symbols);
    for (unsigned i = 0; i < IMAGE_NAMES_TOTAL; i++)
        symbols[i].st_info = GLOBAL;
    for (unsigned more = 0; more < 2; more++) {
        struct elf_builder elf;
        struct diagnosis diagnosis;
        elf_open(&elf, false);
        elf_append(&elf.sections[ELF_SYMBOLS].contents, symbols, size);
        if (more != 0)
            elf_append(&elf.sections[ELF_SYMBOLS].contents, symbols, sizeof(*symbols));
        elf_close(&elf);
        ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_info, 1);
        assert_int_equal(check(&elf, &diagnosis),
                         more != 0 ? STATUS_SYMBOL_NAMES_TOTAL : STATUS_OK);
        elf_destroy(&elf);
    }
    free(symbols);
}

static void names_of_local_symbols_are_not_added_up(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct diagnosis diagnosis;
    open_symbols(&elf, true, LONG_COUNT + 1);
    elf_close(&elf);
    set_names(&elf, 1, LONG_COUNT + 2, LONG_NAME);
    assert_int_equal(check(&elf, &diagnosis), STATUS_SYMBOL_NAMES_TOTAL);
    ELF_SET_SYMBOL(&elf, 1, st_info, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE));
    ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_info, 2);
    assert_int_equal(check(&elf, &diagnosis), STATUS_OK);
    elf_destroy(&elf);
}

/* Where the strings are many, names may be as long together as so many times these. */
static void much_text_allows_for_long_names(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct diagnosis diagnosis;
    open_symbols(&elf, true, 1);
    const unsigned own_count =
        LONG_COUNT / IMAGE_NAMES_SHARE; /* of names with bytes of their own */
    for (unsigned i = 0; i < own_count; i++)
        elf_add_symbol(&elf, long_name, SHN_UNDEF, 0, GLOBAL);
    const unsigned more = (own_count + 1) * (IMAGE_NAMES_SHARE - 1);
    for (unsigned i = 0; i < more; i++)
        elf_add_symbol(&elf, "", SHN_UNDEF, 0, GLOBAL);
    elf_close(&elf);
    const unsigned first = own_count + 2;
    set_names(&elf, first, first + more, LONG_NAME);
    assert_int_equal(check(&elf, &diagnosis), STATUS_OK);
    ELF_SET_SYMBOL(&elf, first, st_info, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE));
    assert_int_equal(check(&elf, &diagnosis), STATUS_SYMBOL_ORDER); /* nothing else is wrong */
    elf_destroy(&elf);
}

/* So many groups that have the long name as their signature and no member. */
static enum status unify_groups(bool is_64, unsigned count, unsigned short_count,
                                struct diagnosis *diagnosis)
{
    const uint32_t flags = GRP_COMDAT;
    struct elf_builder elf;
    struct image image;
    struct unified unified;
    open_symbols(&elf, is_64, 2);
    for (unsigned i = 0; i < count + short_count; i++) {
        unsigned group = elf_add_section(&elf, "", SHT_GROUP, 0, &flags, sizeof(flags));
        elf.sections[group].header.sh_link = ELF_SYMBOLS;
        elf.sections[group].header.sh_info = i < count ? 1 : 2;
        elf.sections[group].header.sh_entsize = sizeof(flags);
    }
    diagnosis_init(diagnosis);
    assert_int_equal(image_check(elf_close(&elf), &image, diagnosis), STATUS_OK);
    void *memory = malloc((size_t)unify_size(&image));
    enum status status = unify(&image, memory, &unified, diagnosis);
    free(memory);
    elf_destroy(&elf);
    return status;
}

static void signatures_of_groups_are_added_up_to_the_last_byte(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    for (unsigned width = 0; width < 2; width++) {
        assert_int_equal(unify_groups(width != 0, LONG_COUNT, 0, &diagnosis), STATUS_OK);
        assert_int_equal(unify_groups(width != 0, LONG_COUNT, 1, &diagnosis),
                         STATUS_GROUP_NAMES_TOTAL);
        assert_string_equal(diagnosis.detail,
                            "up to section 260 (): 0x400001 bytes, limit 0x400000");
    }
}

static void *take(size_t size_bytes)
{
    return malloc(size_bytes);
}

static void give(void *memory, size_t size_bytes UNUSED)
{
    free(memory);
}

/* Whose hashes are all the same here; the place behind NAME_SPACE_CROWD others is the last. */
static void names_that_crowd_one_place_are_refused(void **state)
{
    (void)state;
    enum { COUNT = NAME_SPACE_CROWD + 2 };
    static const struct table_memory memory = {take, give};
    struct name_space space;
    struct name_owner owner = {.name = "a"}, other = {.name = "b"};
    struct definition definitions[COUNT + 1] = {0};
    char names[COUNT][20];
    name_space_init(&space, &memory);
    assert_true(name_space_reserve(&space, &owner, COUNT + 1));
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "name %d", i);
        definitions[i] = (struct definition){.name = names[i], .owner = &owner};
        assert_int_equal(name_space_define(&space, &definitions[i], 7),
                         i < COUNT - 1 ? STATUS_OK : STATUS_NAMES_CROWDED);
    }
    definitions[COUNT] = (struct definition){.name = names[COUNT - 2], .owner = &other};
    assert_int_equal(name_space_define(&space, &definitions[COUNT], 7), STATUS_OK);
    name_space_remove(&space, &definitions[COUNT]);
    for (int i = 0; i < COUNT - 1; i++)
        name_space_remove(&space, &definitions[i]);
    assert_int_equal(space.definitions.count, 0);
    name_space_trim(&space);
}

static void import_files_have_a_limit(void **state)
{
    (void)state;
    static char files[2 * (IMAGE_FILES_MAX + 1)];
    struct elf_builder elf;
    struct diagnosis diagnosis;
    for (size_t i = 0; i < sizeof(files); i += 2)
        files[i] = '/';
    elf_open(&elf, true);
    unsigned section = elf_add_section(&elf, ".mod.files", SHT_PROGBITS, 0, files, sizeof(files));
    elf_close(&elf);
    assert_int_equal(check(&elf, &diagnosis), STATUS_MOD_FILES_LIMIT);
    assert_string_equal(diagnosis.detail, "4113, the limit is 4112");
    ELF_SET_SECTION(&elf, section, sh_size, sizeof(files) - 2);
    assert_int_equal(check(&elf, &diagnosis), STATUS_OK);
    elf_destroy(&elf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(global_names_may_be_as_long_together_as_the_limit),
        cmocka_unit_test(global_names_are_added_up_to_the_last_byte),
        cmocka_unit_test(names_without_a_letter_count_too),
        cmocka_unit_test(names_of_local_symbols_are_not_added_up),
        cmocka_unit_test(much_text_allows_for_long_names),
        cmocka_unit_test(signatures_of_groups_are_added_up_to_the_last_byte),
        cmocka_unit_test(names_that_crowd_one_place_are_refused),
        cmocka_unit_test(import_files_have_a_limit),
    };
    return cmocka_run_group_tests_name("name_limits", tests, name, NULL);
}
