/* Name spaces: a name is a stack of definitions, lookups cost the same however many names there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/hash.h"
#include "loader/link/name_space.h"
#include "tests/host/support.h"

static void *take(size_t size_bytes)
{
    return malloc(size_bytes);
}

static void give(void *memory, size_t size_bytes)
{
    (void)size_bytes;
    free(memory);
}

static const struct table_memory memory = {take, give};
static struct name_space space;
static struct name_owner kernel = {.name = "unix", .is_visible = true};
static struct name_owner old = {.name = "old", .is_visible = true};
static struct name_owner new = {.name = "new", .is_visible = true};

static int start(void **state)
{
    (void)state;
    old.is_visible = true;
    new.is_visible = true;
    name_space_init(&space, &memory);
    return 0;
}

static void add(struct definition *definition, const char *name, struct name_owner *owner)
{
    *definition = (struct definition){.name = name, .owner = owner};
    assert_true(name_space_reserve(&space, owner, 1));
    name_space_add(&space, definition, hash_name(name));
}

static struct definition *find(const char *name)
{
    return name_space_find(&space, name, hash_name(name));
}

static struct definition *find_own(const char *name, const struct name_owner *owner)
{
    return name_space_find_own(&space, name, hash_name(name), owner);
}

static void the_newest_definition_is_found_and_an_older_one_shows_again(void **state)
{
    (void)state;
    struct definition first, second, third;
    add(&first, "name", &kernel);
    add(&second, "name", &old);
    add(&third, "name", &new);
    assert_ptr_equal(find("name"), &third);
    name_space_remove(&space, &second);
    assert_ptr_equal(find("name"), &third);
    name_space_remove(&space, &third);
    assert_ptr_equal(find("name"), &first);
    name_space_remove(&space, &first);
    assert_null(find("name"));
}

static void what_is_not_visible_is_not_found(void **state)
{
    (void)state;
    struct definition first, second;
    add(&first, "name", &old);
    new.is_visible = false;
    add(&second, "name", &new);
    assert_ptr_equal(find("name"), &first);
    old.is_visible = false;
    assert_null(find("name"));
    new.is_visible = true;
    assert_ptr_equal(find("name"), &second);
    name_space_remove(&space, &first);
    name_space_remove(&space, &second);
}

static void an_owners_own_definition_is_found_whether_visible_or_not(void **state)
{
    (void)state;
    struct definition first, second;
    add(&first, "name", &old);
    add(&second, "name", &new);
    old.is_visible = false;
    assert_ptr_equal(find_own("name", &old), &first);
    assert_ptr_equal(find_own("name", &new), &second);
    assert_null(find_own("name", &kernel));
    name_space_remove(&space, &first);
    name_space_remove(&space, &second);
}

/* Names that hash_name cannot tell apart; the test makes sure of it. */
static void names_with_equal_hashes_are_told_apart(void **state)
{
    (void)state;
    struct definition first, second;
    assert_int_equal(hash_name("name_189045"), hash_name("name_165166"));
    add(&first, "name_189045", &old);
    add(&second, "name_165166", &new);
    assert_ptr_equal(find("name_189045"), &first);
    assert_ptr_equal(find("name_165166"), &second);
    assert_ptr_equal(find_own("name_189045", &old), &first);
    assert_ptr_equal(find_own("name_165166", &new), &second);
    assert_null(find_own("name_165166", &old));
    name_space_remove(&space, &second);
    assert_null(find("name_165166"));
    assert_ptr_equal(find("name_189045"), &first);
    name_space_remove(&space, &first);
}

#define MANY 200000

static struct definition definitions[MANY];
static char names[MANY][24];

/* Links that a lookup looks at in its bucket, from the bucket's first to the one found. */
static size_t bucket_length(const struct table_link *link)
{
    size_t length = 0;
    for (; link != NULL; link = link->next)
        length++;
    return length;
}

static double mean_bucket(size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += bucket_length(&find(names[i])->link.link);
    return (double)sum / (double)count;
}

static void a_lookup_costs_the_same_however_many_names_there_are(void **state)
{
    (void)state;
    double few = 0;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "symbol_%zu", i);
        add(&definitions[i], names[i], &kernel);
        if (i == 1000)
            few = mean_bucket(1000);
    }
    assert_true(few < 3 && mean_bucket(MANY) < 3);
    for (size_t i = 0; i < MANY; i++)
        name_space_remove(&space, &definitions[i]);
    name_space_trim(&space);
    assert_int_equal(space.definitions.count, 0);
    assert_null(space.definitions.tops.segments[1]);
}

static uint32_t steps = NAME_SPACE_NEAREST_STEPS;

static void the_nearest_names_are_given_nearest_first_and_once(void **state)
{
    (void)state;
    static const char *const words[] = {"fmt_put", "fmt_pads", "fmt_pad_", "other", "fmt_right"};
    static struct definition known[8];
    const char *nearest[3] = {0};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        add(&known[i], words[i], &kernel);
    add(&known[5], "fmt_pads", &old);
    new.is_visible = false;
    add(&known[6], "fmt_padx", &new);
    size_t count = name_space_nearest(&space, "fmt_padz", nearest, 3, &steps);
    assert_int_equal(count, 2);
    assert_true(strcmp(nearest[0], nearest[1]) != 0);
    for (size_t i = 0; i < 2; i++)
        assert_true(!strcmp(nearest[i], "fmt_pads") || !strcmp(nearest[i], "fmt_pad_"));
    assert_int_equal(name_space_nearest(&space, "fmt_put_", nearest, 3, &steps), 2);
    assert_string_equal(nearest[0], "fmt_put");
    assert_int_equal(name_space_nearest(&space, "fmt_pad", nearest, 3, &steps), 3);
    assert_string_equal(nearest[2], "fmt_put");
    assert_int_equal(name_space_nearest(&space, "fmt_pad", nearest, 1, &steps), 1);
    assert_int_equal(name_space_nearest(&space, "zzzzzzzzz", nearest, 3, &steps), 0);
    assert_int_equal(name_space_nearest(&space, "fmt_pad", nearest, 0, &steps), 0);
    assert_int_equal(name_space_nearest(&space, "", nearest, 3, &steps), 0);
}

static void keep_first_name(struct stack_link *link, void *context)
{
    const char **name = context;
    if (*name == NULL)
        *name = definition_of(link)->name;
}

static void no_more_than_eight_near_names_are_given(void **state)
{
    (void)state;
    enum { MOST = 8, COUNT = MOST + 1 };
    static struct definition known[COUNT];
    char names[COUNT][8];
    const char *nearest[COUNT] = {0};
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "name_%c", 'a' + i);
        add(&known[i], names[i], &kernel);
    }
    assert_int_equal(name_space_nearest(&space, "name_z", nearest, COUNT, &steps), MOST);
    assert_non_null(nearest[MOST - 1]);
    assert_null(nearest[MOST]);
    for (int i = 0; i < COUNT; i++)
        name_space_remove(&space, &known[i]);
    name_space_trim(&space);
}

/* A name costs a step, and the product of the two lengths when they are alike. */
static void names_are_compared_as_long_as_steps_are_left(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t steps; /* for comparing it with one of nine letters */
        size_t found;
    } cases[] = {
        {"nine_nine", 1 + 9 * 9, 1},     {"nine_n", 1 + 9 * 6, 1}, {"nine_", 1, 0},
        {"nine_nine_ni", 1 + 9 * 12, 1}, {"nine_nine_nin", 1, 0},
    };
    const char *nearest[2];
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct definition known;
        add(&known, cases[i].name, &kernel);
        uint32_t left = cases[i].steps - 1;
        assert_int_equal(name_space_nearest(&space, "nine_nine", nearest, 2, &left), 0);
        assert_int_equal(left, 0);
        left = 2 * cases[i].steps;
        assert_int_equal(name_space_nearest(&space, "nine_nine", nearest, 2, &left),
                         cases[i].found);
        assert_int_equal(left, cases[i].steps);
        assert_int_equal(name_space_nearest(&space, "nine_nine", nearest, 2, &left),
                         cases[i].found);
        assert_int_equal(left, 0);
        assert_int_equal(name_space_nearest(&space, "nine_nine", nearest, 2, &left), 0);
        name_space_remove(&space, &known);
    }
}

static void of_equally_near_names_the_first_one_met_stays(void **state)
{
    (void)state;
    struct definition one, two;
    const char *first = NULL;
    const char *nearest[2];
    add(&one, "fmt_pada", &kernel);
    add(&two, "fmt_padb", &kernel);
    stacks_visit(&space.definitions, keep_first_name, &first);
    assert_int_equal(name_space_nearest(&space, "fmt_padz", nearest, 2, &steps), 2);
    assert_ptr_equal(nearest[0], first);
    assert_int_equal(name_space_nearest(&space, "fmt_padz", nearest, 1, &steps), 1);
    assert_ptr_equal(nearest[0], first);
    /* A nearer one takes its place, whichever is met first. */
    assert_int_equal(name_space_nearest(&space, "fmt_pada", nearest, 1, &steps), 1);
    assert_string_equal(nearest[0], "fmt_pada");
    assert_int_equal(name_space_nearest(&space, "fmt_padb", nearest, 1, &steps), 1);
    assert_string_equal(nearest[0], "fmt_padb");
    name_space_remove(&space, &one);
    name_space_remove(&space, &two);
    name_space_trim(&space);
}

static void private_names_are_found_only_by_asking_for_their_owner(void **state)
{
    (void)state;
    static struct name_owner one = {.name = "one", .is_private = true, .is_visible = true};
    static struct name_owner two = {.name = "two", .is_private = true, .is_visible = true};
    struct definition first, second, global;
    add(&first, "name", &one);
    add(&second, "name", &two);
    assert_null(find("name"));
    add(&global, "name", &kernel);
    assert_ptr_equal(find("name"), &global);
    assert_ptr_equal(find_own("name", &one), &first);
    assert_ptr_equal(find_own("name", &two), &second);
    name_space_remove(&space, &first);
    assert_null(find_own("name", &one));
    name_space_remove(&space, &second);
    name_space_remove(&space, &global);
    name_space_trim(&space);
}

/* Of a private owner's address 36 bits enter into its hashes; these two have them in common. */
static void private_owners_whose_names_have_one_hash_are_told_apart(void **state)
{
    (void)state;
    const int protection = PROT_READ | PROT_WRITE;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    struct definition first, second;
    uint8_t *page = mmap(NULL, sizeof(struct name_owner), protection, flags, -1, 0);
    struct name_owner *one = (struct name_owner *)page;
    struct name_owner *two = mmap(page - (UINT64_C(1) << 36), sizeof(*two), protection,
                                  flags | MAP_FIXED_NOREPLACE, -1, 0);
    assert_ptr_not_equal(two, MAP_FAILED);
    *one = *two = (struct name_owner){.name = "copy", .is_private = true};
    add(&first, "name", one);
    add(&second, "name", two);
    assert_int_equal(first.link.link.hash, second.link.link.hash);
    assert_int_equal(space.privates.tops.count, 2);
    assert_ptr_equal(find_own("name", one), &first);
    assert_ptr_equal(find_own("name", two), &second);
    name_space_remove(&space, &first);
    name_space_remove(&space, &second);
    name_space_trim(&space);
    munmap(one, sizeof(*one));
    munmap(two, sizeof(*two));
}

/* Copies of one dependent have the same names: they must not make each other's chains longer. */
static size_t longest_bucket(const struct table *table)
{
    size_t longest = 0;
    for (size_t i = 0; i < table->bucket_count; i++) {
        size_t length = 0;
        for (const struct table_link *link = *table_bucket_at(table, i); link; link = link->next)
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* However far their owners lie from each other in memory. */
static void private_copies_of_one_name_are_not_in_each_others_way(void **state)
{
    (void)state;
    enum { COPIES = 1000 };
    static const size_t strides[] = {64, 416, 512, 4096, 65536, 1u << 20};
    static struct definition copies[COPIES];
    for (size_t k = 0; k < ARRAY_COUNT(strides); k++) {
        char *room = malloc(COPIES * strides[k]);
        assert_non_null(room);
        for (size_t i = 0; i < COPIES; i++) {
            struct name_owner *owner = (struct name_owner *)(room + i * strides[k]);
            *owner = (struct name_owner){.name = "copy", .is_private = true, .is_visible = true};
            add(&copies[i], "name", owner);
        }
        assert_in_range(longest_bucket(&space.privates.tops), 1, 12);
        for (size_t i = 0; i < COPIES; i++)
            name_space_remove(&space, &copies[i]);
        name_space_trim(&space);
        free(room);
    }
}

/* Whichever of them goes, the newest of those that are left is found. */
static void definitions_of_one_name_can_go_in_any_order(void **state)
{
    (void)state;
    enum { COUNT = 101, STEP = 37 };
    static struct name_owner owners[COUNT];
    static struct definition same[COUNT];
    static bool is_there[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        owners[i] = (struct name_owner){.name = "one of many", .is_visible = true};
        add(&same[i], "name", &owners[i]);
        is_there[i] = true;
    }
    for (size_t i = 0, gone = 50; i < COUNT; i++, gone = (gone + STEP) % COUNT) {
        name_space_remove(&space, &same[gone]);
        is_there[gone] = false;
        size_t newest = COUNT;
        while (newest > 0 && !is_there[newest - 1])
            newest--;
        assert_ptr_equal(find("name"), newest == 0 ? NULL : &same[newest - 1]);
    }
    assert_int_equal(space.definitions.count, 0);
    assert_int_equal(space.definitions.tops.count, 0);
}

static void a_name_is_defined_once_by_an_owner(void **state)
{
    (void)state;
    static struct name_owner own = {.name = "own", .is_private = true};
    struct definition private = {.name = "name", .owner = &own};
    struct definition private_again = {.name = "name", .owner = &own};
    assert_int_equal(name_space_define(&space, &private, hash_name("name")), STATUS_OK);
    assert_int_equal(name_space_define(&space, &private_again, hash_name("name")),
                     STATUS_SYMBOL_DUPLICATE);
    name_space_remove(&space, &private);
    struct definition first = {.name = "name", .owner = &old};
    struct definition other = {.name = "name", .owner = &new};
    struct definition again = {.name = "name", .owner = &new};
    assert_int_equal(name_space_define(&space, &first, hash_name("name")), STATUS_OK);
    assert_int_equal(name_space_define(&space, &other, hash_name("name")), STATUS_OK);
    assert_int_equal(name_space_define(&space, &again, hash_name("name")), STATUS_SYMBOL_DUPLICATE);
    assert_ptr_equal(find("name"), &other);
    assert_int_equal(space.definitions.count, 2);
    name_space_remove(&space, &other);
    assert_ptr_equal(find("name"), &first);
    name_space_remove(&space, &first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_newest_definition_is_found_and_an_older_one_shows_again, start),
        cmocka_unit_test_setup(private_names_are_found_only_by_asking_for_their_owner, start),
        cmocka_unit_test_setup(private_owners_whose_names_have_one_hash_are_told_apart, start),
        cmocka_unit_test_setup(private_copies_of_one_name_are_not_in_each_others_way, start),
        cmocka_unit_test_setup(what_is_not_visible_is_not_found, start),
        cmocka_unit_test_setup(definitions_of_one_name_can_go_in_any_order, start),
        cmocka_unit_test_setup(a_name_is_defined_once_by_an_owner, start),
        cmocka_unit_test_setup(an_owners_own_definition_is_found_whether_visible_or_not, start),
        cmocka_unit_test_setup(names_with_equal_hashes_are_told_apart, start),
        cmocka_unit_test_setup(a_lookup_costs_the_same_however_many_names_there_are, start),
        cmocka_unit_test_setup(the_nearest_names_are_given_nearest_first_and_once, start),
        cmocka_unit_test_setup(no_more_than_eight_near_names_are_given, start),
        cmocka_unit_test_setup(names_are_compared_as_long_as_steps_are_left, start),
        cmocka_unit_test_setup(of_equally_near_names_the_first_one_met_stays, start),
    };
    return cmocka_run_group_tests_name("name space", tests, NULL, NULL);
}
