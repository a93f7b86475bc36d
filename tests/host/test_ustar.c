/* kernel/fs/ustar.c: what tar writes is read; what is damaged is refused and never followed. */
#include "tests/host/support.h"

#include <stdlib.h>

#include "kernel/fs/ustar.h"
#include "tests/host/ustar_maker.h"

static struct ustar_maker small_archive(void)
{
    struct ustar_maker maker = {0};
    maker_add(&maker, "etc/", '5', "");
    maker_add(&maker, "etc/motd", '0', "hello\n");
    maker_add(&maker, "empty", '0', "");
    maker_end(&maker);
    return maker;
}

/* Where bytes go that are read only to see whether they can be. */
static volatile uint8_t byte_read;

/* Walks to the end of an archive; every entry's contents must be inside and readable. */
static enum ustar_result walk(struct span archive, size_t *count)
{
    struct ustar_entry entry;
    uint64_t offset = 0;
    *count = 0;
    for (;;) {
        enum ustar_result result = ustar_next(archive, &offset, &entry);
        if (result != USTAR_ENTRY)
            return result;
        (*count)++;
        assert_true(strlen(entry.path) < USTAR_PATH_MAX);
        assert_true(*count <= archive.size / USTAR_BLOCK);
        for (size_t i = 0; i < entry.contents.size; i++)
            byte_read = span_u8(entry.contents, i);
    }
}

/* The same on a copy of exactly `size` bytes, so that a sanitizer sees each byte too far. */
static enum ustar_result walk_copy(const struct ustar_maker *maker, size_t size, size_t *count)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    memcpy(copy, maker->bytes, size);
    enum ustar_result result = walk(span_make(copy, size), count);
    free(copy);
    return result;
}

static enum ustar_result first_entry(const struct ustar_maker *maker, struct ustar_entry *entry)
{
    uint64_t offset = 0;
    return ustar_next(span_make(maker->bytes, maker->size), &offset, entry);
}

static void entries_come_in_order_with_contents(void **state)
{
    (void)state;
    struct ustar_maker maker = small_archive();
    struct span archive = span_make(maker.bytes, maker.size);
    struct ustar_entry entry;
    uint64_t offset = 0;
    assert_int_equal(ustar_next(archive, &offset, &entry), USTAR_ENTRY);
    assert_string_equal(entry.path, "etc");
    assert_int_equal(entry.kind, USTAR_DIRECTORY);
    assert_int_equal(ustar_next(archive, &offset, &entry), USTAR_ENTRY);
    assert_string_equal(entry.path, "etc/motd");
    assert_int_equal(entry.kind, USTAR_FILE);
    assert_int_equal(entry.contents.size, 6);
    assert_memory_equal(entry.contents.bytes, "hello\n", 6);
    assert_int_equal(ustar_next(archive, &offset, &entry), USTAR_ENTRY);
    assert_int_equal(entry.contents.size, 0);
    assert_int_equal(ustar_next(archive, &offset, &entry), USTAR_END);
    maker_free(&maker);
}

static void gnu_tar_in_ustar_format_is_read(void **state)
{
    (void)state;
    struct ustar_maker maker =
        maker_run("d=$(mktemp -d) && cd $d && mkdir -p a/b && printf 12345 >a/b/file && "
                  "ln -s file a/b/link && tar --format=ustar --sort=name -cf - . ; rm -r $d");
    const char *const paths[] = {"", "a", "a/b", "a/b/file", "a/b/link"};
    const enum ustar_kind kinds[] = {USTAR_DIRECTORY, USTAR_DIRECTORY, USTAR_DIRECTORY, USTAR_FILE,
                                     USTAR_OTHER};
    struct span archive = span_make(maker.bytes, maker.size);
    struct ustar_entry entry;
    uint64_t offset = 0;
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        assert_int_equal(ustar_next(archive, &offset, &entry), USTAR_ENTRY);
        assert_string_equal(entry.path, paths[i]);
        assert_int_equal(entry.kind, kinds[i]);
    }
    assert_int_equal(ustar_next(archive, &offset, &entry), USTAR_END);
    maker_free(&maker);
}

/* Python's tarfile is the oracle for paths that need the prefix field. */
static void long_paths_use_the_prefix(void **state)
{
    (void)state;
    struct ustar_maker maker =
        maker_run("/usr/bin/python3 -c \"\n"
                  "import tarfile, io, sys\n"
                  "t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', "
                  "format=tarfile.USTAR_FORMAT)\n"
                  "i = tarfile.TarInfo('d' * 155 + '/' + 'f' * 100); i.size = 3\n"
                  "t.addfile(i, io.BytesIO(b'xyz'))\n"
                  "t.close()\"");
    struct ustar_entry entry;
    assert_int_equal(first_entry(&maker, &entry), USTAR_ENTRY);
    assert_int_equal(strlen(entry.path), USTAR_PATH_MAX - 1);
    assert_int_equal(entry.path[154], 'd');
    assert_int_equal(entry.path[155], '/');
    assert_int_equal(entry.path[156], 'f');
    assert_memory_equal(entry.contents.bytes, "xyz", 3);
    maker_free(&maker);
}

static void paths_lose_what_stands_around_them(void **state)
{
    (void)state;
    const char *const pairs[][2] = {{"./a", "a"},        {"/a", "a"},  {".//./a/", "a"},
                                    {"./", ""},          {".", ""},    {"/", ""},
                                    {"a///", "a"},       {"..", ".."}, {".hidden", ".hidden"},
                                    {"//a/./b", "a/./b"}};
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        struct ustar_maker maker = {0};
        struct ustar_entry entry;
        maker_add(&maker, pairs[i][0], '0', "");
        assert_int_equal(first_entry(&maker, &entry), USTAR_ENTRY);
        assert_string_equal(entry.path, pairs[i][1]);
        maker_free(&maker);
    }
}

static void only_files_and_unknown_types_have_contents(void **state)
{
    (void)state;
    for (char type = '0'; type <= '9'; type++) {
        struct ustar_maker maker = {0};
        struct ustar_entry entry;
        maker_add(&maker, "x", type, "data");
        assert_int_equal(first_entry(&maker, &entry), USTAR_ENTRY);
        assert_int_equal(entry.contents.size, type >= '1' && type <= '6' ? 0 : 4);
        maker_free(&maker);
    }
}

static void end_is_two_blocks_of_zeros(void **state)
{
    (void)state;
    struct ustar_maker maker = small_archive();
    size_t count;
    assert_int_equal(walk_copy(&maker, maker.size, &count), USTAR_END);
    assert_int_equal(walk_copy(&maker, maker.size - 512, &count), USTAR_END_MISSING);
    assert_int_equal(walk_copy(&maker, maker.size - 1024, &count), USTAR_END_MISSING);
    assert_int_equal(count, 3);
    maker_free(&maker);

    maker_add(&maker, "a", '0', "");
    maker_grow(&maker, 512);
    maker_add(&maker, "b", '0', "");
    assert_int_equal(walk_copy(&maker, maker.size, &count), USTAR_MAGIC);
    maker_free(&maker);
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    struct ustar_maker maker = small_archive();
    for (size_t size = 0; size < maker.size; size++) {
        size_t count;
        enum ustar_result result = walk_copy(&maker, size, &count);
        if (size < maker.size - 1024 && size % 512 != 0)
            assert_int_equal(result, USTAR_CUT);
        else
            assert_true(result == USTAR_CUT || result == USTAR_END_MISSING);
    }
    maker_free(&maker);
}

static void every_damaged_header_byte_is_noticed(void **state)
{
    (void)state;
    const uint8_t changes[] = {0x01, 0x80, 0xff, 0x20, 0x07};
    struct ustar_maker maker = small_archive();
    struct ustar_entry entry;
    for (size_t i = 0; i < 512; i++) {
        for (size_t change = 0; change < ARRAY_COUNT(changes); change++) {
            maker.bytes[i] ^= changes[change];
            enum ustar_result result = first_entry(&maker, &entry);
            maker.bytes[i] ^= changes[change];
            /* The last two bytes of the checksum only end it, with a zero byte or a space. */
            if (i < 154 || i > 155)
                assert_int_not_equal(result, USTAR_ENTRY);
        }
    }
    maker_free(&maker);
}

static void no_single_byte_leads_outside(void **state)
{
    (void)state;
    struct ustar_maker maker = small_archive();
    for (size_t i = 0; i < maker.size; i++) {
        uint8_t old = maker.bytes[i];
        for (unsigned value = 0; value < 256; value += 1 + value % 7) {
            size_t count;
            maker.bytes[i] = (uint8_t)value;
            walk_copy(&maker, maker.size, &count);
            assert_true(count <= 3);
        }
        maker.bytes[i] = old;
    }
    maker_free(&maker);
}

static enum ustar_result with_size_field(const char *field)
{
    struct ustar_maker maker = {0};
    struct ustar_entry entry;
    maker_add(&maker, "x", '0', "data");
    memcpy(maker.bytes + 124, field, 12);
    maker_sign(maker.bytes);
    enum ustar_result result = first_entry(&maker, &entry);
    maker_free(&maker);
    return result;
}

static void size_is_an_octal_number_inside_the_archive(void **state)
{
    (void)state;
    assert_int_equal(with_size_field("00000000004"), USTAR_ENTRY);
    assert_int_equal(with_size_field("000000000004"), USTAR_ENTRY);
    assert_int_equal(with_size_field("         4  "), USTAR_ENTRY);
    assert_int_equal(with_size_field("4\0\0\0\0\0\0\0\0\0\0"), USTAR_ENTRY);
    assert_int_equal(with_size_field("00000001000"), USTAR_ENTRY);
    assert_int_equal(with_size_field("00000001001"), USTAR_CUT);
    assert_int_equal(with_size_field("777777777777"), USTAR_CUT);
    assert_int_equal(with_size_field("00000000008"), USTAR_FIELD);
    assert_int_equal(with_size_field("4 4         "), USTAR_FIELD);
    assert_int_equal(with_size_field("-0000000004"), USTAR_FIELD);
    assert_int_equal(with_size_field("            "), USTAR_FIELD);
    assert_int_equal(with_size_field("\0\0\0\0\0\0\0\0\0\0\0"), USTAR_FIELD);
    assert_int_equal(with_size_field("\x80\0\0\0\0\0\0\0\0\0\4"), USTAR_FIELD);
}

static void other_formats_are_named_in_the_reason(void **state)
{
    (void)state;
    struct ustar_maker maker = maker_run("tar --format=gnu -cf - -C / etc/hostname 2>/dev/null");
    struct ustar_entry entry;
    assert_int_equal(first_entry(&maker, &entry), USTAR_MAGIC);
    assert_non_null(strstr(ustar_result_text(USTAR_MAGIC), "--format=ustar"));
    maker_free(&maker);
}

static void every_result_has_a_text(void **state)
{
    (void)state;
    for (int result = USTAR_ENTRY; result <= USTAR_FIELD; result++)
        assert_string_not_equal(ustar_result_text((enum ustar_result)result), "unknown");
    assert_string_equal(ustar_result_text((enum ustar_result)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_in_order_with_contents),
        cmocka_unit_test(gnu_tar_in_ustar_format_is_read),
        cmocka_unit_test(long_paths_use_the_prefix),
        cmocka_unit_test(paths_lose_what_stands_around_them),
        cmocka_unit_test(only_files_and_unknown_types_have_contents),
        cmocka_unit_test(end_is_two_blocks_of_zeros),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(every_damaged_header_byte_is_noticed),
        cmocka_unit_test(no_single_byte_leads_outside),
        cmocka_unit_test(size_is_an_octal_number_inside_the_archive),
        cmocka_unit_test(other_formats_are_named_in_the_reason),
        cmocka_unit_test(every_result_has_a_text),
    };
    return cmocka_run_group_tests_name("ustar", tests, NULL, NULL);
}
