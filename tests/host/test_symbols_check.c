/*
 * How long a symbol's name may be: strings of any length pass while no single one is too long, and
 * nothing outside of them is looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/host/host_sample.h"
#include "tests/host/support.h"

static struct diagnosis diagnosis;

/* Checks an object with these strings, which are the end of the file, behind a letter. */
static enum status check_strings(const char *strings, size_t size, bool is_64)
{
    struct elf_builder elf;
    elf_open(&elf, is_64);
    elf_close(&elf);
    elf_append(&elf.file, "x", 1);
    size_t offset = elf_append(&elf.file, strings, size);
    ELF_SET_SECTION(&elf, ELF_STRINGS, sh_offset, offset);
    ELF_SET_SECTION(&elf, ELF_STRINGS, sh_size, size);
    enum status status = sample_run(elf_file(&elf), 0x10000, &diagnosis);
    elf_destroy(&elf);
    return status;
}

/* One name of `length` letters, and nothing else. */
static enum status check_name(size_t length, bool is_64)
{
    static char name[IMAGE_NAME_MAX + 2];
    memset(name, 'a', length);
    name[length] = '\0';
    return check_strings(name, length + 1, is_64);
}

static void a_name_may_be_as_long_as_the_limit(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        assert_int_equal(check_name(IMAGE_NAME_MAX - 1, is_64), STATUS_OK);
        assert_int_equal(check_name(IMAGE_NAME_MAX, is_64), STATUS_OK);
        assert_int_equal(check_name(IMAGE_NAME_MAX + 1, is_64), STATUS_SYMBOL_NAME_LENGTH);
        assert_memory_equal(diagnosis.detail, "aaaaaaaa", 8);
    }
}

static void many_names_together_may_be_longer(void **state)
{
    (void)state;
    static char names[4 * (IMAGE_NAME_MAX + 1)];
    const size_t starts[] = {0, IMAGE_NAME_MAX + 1, IMAGE_NAME_MAX + 8, 2 * IMAGE_NAME_MAX + 9};
    memset(names, 'b', sizeof(names));
    for (size_t i = 1; i < ARRAY_COUNT(starts); i++)
        names[starts[i] - 1] = '\0';
    names[starts[3] + IMAGE_NAME_MAX] = '\0';
    assert_int_equal(check_strings(names, starts[3] + IMAGE_NAME_MAX + 1, true), STATUS_OK);
    names[starts[3] + IMAGE_NAME_MAX] = 'b';
    names[starts[3] + IMAGE_NAME_MAX + 1] = '\0';
    assert_int_equal(check_strings(names, starts[3] + IMAGE_NAME_MAX + 2, true),
                     STATUS_SYMBOL_NAME_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_may_be_as_long_as_the_limit),
        cmocka_unit_test(many_names_together_may_be_longer),
    };
    return cmocka_run_group_tests_name("symbols check", tests, NULL, NULL);
}
