/*
 * What finding a name costs does not grow with the number of names: the links that a lookup looks at
 * are counted in name spaces of 100, 10,000 and 1,000,000 names. Nor does anything grow with the number
 * of definitions of one name, or of instances of one path: they are one element of their table.
 */
#include "tests/host/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/stacks.h"
#include "lib/table.h"
#include "loader/link/name_space.h"

#define NAMES_MAX 1000000u
#define NAME_SIZE 16

static void *take(size_t size_bytes)
{
    return malloc(size_bytes);
}

static void give(void *memory, size_t size_bytes)
{
    (void)size_bytes;
    free(memory);
}

static const struct table_memory memory = {.allocate = take, .release = give};

static uint32_t hash_of_number(uint32_t number)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof(name), "name_%07u", number);
    return hash_name(name);
}

/* The links between a bucket's head and `link`, both counted. */
static unsigned links_to(const struct table *table, const struct table_link *link)
{
    unsigned count = 1;
    for (const struct table_link *at = *table_bucket_of(table, link->hash); at != link;
         at = at->next)
        count++;
    return count;
}

/* Fills a table with `count` names. Returns hundredths of links looked at by an average lookup. */
static unsigned average_links(struct table_link *links, uint32_t count, unsigned *longest)
{
    struct table table;
    uint64_t sum = 0;
    table_init(&table, &memory);
    assert_true(table_reserve(&table, count));
    for (uint32_t i = 0; i < count; i++)
        table_add(&table, &links[i], hash_of_number(i));
    *longest = 0;
    for (uint32_t i = 0; i < count; i++) {
        unsigned seen = links_to(&table, &links[i]);
        sum += seen;
        *longest = seen > *longest ? seen : *longest;
    }
    for (uint32_t i = 0; i < count; i++)
        table_remove(&table, &links[i]);
    table_trim(&table);
    return (unsigned)(sum * 100 / count);
}

static void a_lookup_looks_at_as_many_links_in_a_million_names_as_in_a_hundred(void **state)
{
    (void)state;
    const uint32_t counts[] = {100, 10000, NAMES_MAX};
    struct table_link *links = calloc(NAMES_MAX, sizeof(*links));
    assert_non_null(links);
    for (unsigned i = 0; i < ARRAY_COUNT(counts); i++) {
        unsigned longest;
        unsigned average = average_links(links, counts[i], &longest);
        print_message("%u names: %u.%02u links a lookup, %u at most\n", counts[i], average / 100,
                      average % 100, longest);
        /* Two are what a table as full as this one has when hashes are perfect. */
        assert_in_range(average, 100, 240);
        assert_in_range(longest, 1, 16);
    }
    free(links);
}

#define SAME_MAX 10000u
#define OTHERS   100u

static struct name_space space;
static struct name_owner same_owners[SAME_MAX];
static struct definition same[SAME_MAX];
static struct name_owner others_owner = {.name = "others", .is_visible = true};
static struct definition others[OTHERS];
static char other_names[OTHERS][NAME_SIZE];

static void define(struct definition *definition, const char *name, struct name_owner *owner)
{
    *definition = (struct definition){.name = name, .owner = owner};
    assert_true(name_space_reserve(&space, owner, 1));
    assert_int_equal(name_space_define(&space, definition, hash_name(name)), STATUS_OK);
}

static void define_others(void)
{
    for (unsigned i = 0; i < OTHERS; i++) {
        snprintf(other_names[i], NAME_SIZE, "other_%u", i);
        define(&others[i], other_names[i], &others_owner);
    }
}

/* Links in the fullest bucket: no lookup, addition or removal looks at more. */
static unsigned fullest_bucket(const struct table *table)
{
    unsigned most = 0;
    for (size_t i = 0; i < table->bucket_count; i++) {
        unsigned count = 0;
        for (const struct table_link *at = *table_bucket_at(table, i); at != NULL; at = at->next)
            count++;
        most = count > most ? count : most;
    }
    return most;
}

static void ten_thousand_definitions_of_one_name_are_one_link(void **state)
{
    (void)state;
    name_space_init(&space, &memory);
    define_others();
    unsigned before = fullest_bucket(&space.definitions.tops);
    for (unsigned i = 0; i < SAME_MAX; i++) {
        same_owners[i] = (struct name_owner){.name = "same", .is_visible = true};
        define(&same[i], "same", &same_owners[i]);
        assert_in_range(fullest_bucket(&space.definitions.tops), 1, before + 1);
        assert_ptr_equal(stacks_find(&space.definitions, hash_name("same")), &same[i].link);
    }
    assert_int_equal(space.definitions.count, OTHERS + SAME_MAX);
    assert_int_equal(space.definitions.tops.count, OTHERS + 1);
    /* From the oldest on, as many walks as there are would be the most. */
    for (unsigned i = 0; i < SAME_MAX; i++)
        name_space_remove(&space, &same[i]);
    assert_int_equal(space.definitions.tops.count, OTHERS);
    for (unsigned i = 0; i < OTHERS; i++)
        name_space_remove(&space, &others[i]);
    assert_int_equal(space.definitions.count, 0);
    name_space_trim(&space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lookup_looks_at_as_many_links_in_a_million_names_as_in_a_hundred),
        cmocka_unit_test(ten_thousand_definitions_of_one_name_are_one_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
