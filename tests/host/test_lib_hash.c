/* lib/hash.h against the vectors that the authors of FNV published. */
#include "tests/host/support.h"

#include <string.h>

#include "lib/hash.h"

struct vector {
    const char *text;
    uint32_t hash;
    uint64_t digest;
};

static const struct vector vectors[] = {
    {"", 0x811c9dc5, 0xcbf29ce484222325},       {"a", 0xe40c292c, 0xaf63dc4c8601ec8c},
    {"b", 0xe70c2de5, 0xaf63df4c8601f1a5},      {"c", 0xe60c2c52, 0xaf63de4c8601eff2},
    {"fo", 0x6222e842, 0x08985907b541d342},     {"foo", 0xa9f37ed7, 0xdcb27518fed9d577},
    {"foob", 0x3f5076ef, 0xdd120e790c2512af},   {"fooba", 0x39aaa18a, 0xcac165afa2fef40a},
    {"foobar", 0xbf9cf968, 0x85944171f73967e8},
};

static void hash_of_a_name_is_fnv_1a_of_32_bits(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(vectors); i++)
        assert_int_equal(hash_name(vectors[i].text), vectors[i].hash);
}

static void digest_is_fnv_1a_of_64_bits(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(vectors); i++) {
        const char *text = vectors[i].text;
        assert_int_equal(digest_bytes(DIGEST_START, text, strlen(text)), vectors[i].digest);
    }
}

static void bytes_above_127_are_hashed_as_unsigned(void **state UNUSED)
{
    assert_int_equal(hash_name("\xff"), (HASH_NAME_START ^ 0xff) * HASH_NAME_PRIME);
    assert_int_equal(digest_bytes(DIGEST_START, "\xff", 1), (DIGEST_START ^ 0xff) * DIGEST_PRIME);
}

static void digest_continues_where_it_ended(void **state UNUSED)
{
    uint64_t first = digest_bytes(DIGEST_START, "foo", 3);
    assert_int_equal(digest_bytes(first, "bar", 3), 0x85944171f73967e8);
}

static void digest_counts_zero_bytes(void **state UNUSED)
{
    uint64_t one = digest_bytes(DIGEST_START, "\0", 1);
    assert_int_not_equal(one, DIGEST_START);
    assert_int_not_equal(digest_bytes(one, "\0", 1), one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_of_a_name_is_fnv_1a_of_32_bits),
        cmocka_unit_test(digest_is_fnv_1a_of_64_bits),
        cmocka_unit_test(bytes_above_127_are_hashed_as_unsigned),
        cmocka_unit_test(digest_continues_where_it_ended),
        cmocka_unit_test(digest_counts_zero_bytes),
    };
    return cmocka_run_group_tests_name("lib_hash", tests, NULL, NULL);
}
