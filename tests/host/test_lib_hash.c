/*
 * lib/hash.h: digests against the vectors that the authors of FNV published, hashes of names against
 * what the same definition in Python gives (tests/harness/modld.py).
 */
#include "tests/host/support.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

struct vector {
    const char *text;
    uint64_t digest;
};

static const struct vector vectors[] = {
    {"", 0xcbf29ce484222325},     {"a", 0xaf63dc4c8601ec8c},     {"b", 0xaf63df4c8601f1a5},
    {"c", 0xaf63de4c8601eff2},    {"fo", 0x08985907b541d342},    {"foo", 0xdcb27518fed9d577},
    {"foob", 0xdd120e790c2512af}, {"fooba", 0xcac165afa2fef40a}, {"foobar", 0x85944171f73967e8},
};

static const struct {
    const char *name;
    uint32_t hash;
} names[] = {
    {"", 0x860389c5},
    {"a", 0x4d62c395},
    {"foo", 0xae0dad00},
    {"foobar", 0x784e2c4b},
    {"eightlen", 0xe5e29e67},
    {"sixteen_letters_", 0x720fd6d4},
    {"a_name_of_17_char", 0xc630d373},
};

static void the_hash_of_a_name_is_for_ever(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        assert_int_equal(hash_name(names[i].name), names[i].hash);
}

/* At every distance from the name's end, and with something else behind it; the sanitizer watches. */
static void
a_hash_reads_nothing_behind_the_end_and_minds_nothing_behind_the_name(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        size_t size = strlen(names[i].name) + 1;
        for (size_t gap = 0; gap < 20; gap++) {
            char *name = malloc(size + gap);
            assert_non_null(name);
            memset(name, 0xff, size + gap);
            memcpy(name, names[i].name, size);
            assert_int_equal(hash_name_before(name, name + size + gap), names[i].hash);
            assert_int_equal(hash_name(name), names[i].hash);
            free(name);
        }
    }
}

/* Names that differ in one letter, wherever it is, differ in the bits that choose a bucket. */
static void each_letter_counts_in_the_lowest_bits(void **state UNUSED)
{
    char name[] = "abcdefghijklmnop";
    for (size_t place = 0; place < sizeof(name) - 1; place++) {
        uint32_t seen = 0;
        char letter = name[place];
        for (char other = 'a'; other <= 'z'; other++) {
            name[place] = other;
            seen |= 1u << hash_name(name) % 32;
        }
        name[place] = letter;
        assert_in_range(__builtin_popcount(seen), 10, 26);
    }
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
    uint64_t mixed = (HASH_NAME_START ^ 0xff) * HASH_NAME_FACTOR;
    mixed ^= mixed >> 32;
    assert_int_equal(hash_name("\xff"), (uint32_t)(mixed * HASH_NAME_FACTOR >> 32));
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
        cmocka_unit_test(the_hash_of_a_name_is_for_ever),
        cmocka_unit_test(a_hash_reads_nothing_behind_the_end_and_minds_nothing_behind_the_name),
        cmocka_unit_test(each_letter_counts_in_the_lowest_bits),
        cmocka_unit_test(digest_is_fnv_1a_of_64_bits),
        cmocka_unit_test(bytes_above_127_are_hashed_as_unsigned),
        cmocka_unit_test(digest_continues_where_it_ended),
        cmocka_unit_test(digest_counts_zero_bytes),
    };
    return cmocka_run_group_tests_name("lib_hash", tests, NULL, NULL);
}
