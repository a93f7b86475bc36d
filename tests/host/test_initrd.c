/* kernel/fs/initrd.c: the tree that an archive gives, and what is left out of it and reported. */
#include "tests/host/support.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel/fs/initrd.c"
#include "tests/host/ustar_maker.h"

/* What the code under test asks of the kernel. Allocations are kept on a list to be freed. */
struct block {
    struct block *next;
    struct block *previous;
};
static struct {
    struct block blocks;
    size_t allocations;
    size_t fail_from; /* this allocation and all later ones fail; 0: none */
    size_t fail_only; /* only this one fails */
    size_t reports;
    char report[512]; /* the last one */
} host;

void *kmalloc(size_t size_bytes)
{
    host.allocations++;
    if ((host.fail_from != 0 && host.allocations >= host.fail_from) ||
        host.allocations == host.fail_only)
        return NULL;
    struct block *block = malloc(sizeof(*block) + size_bytes);
    memset(block + 1, 0xa5, size_bytes);
    block->next = host.blocks.next;
    block->previous = &host.blocks;
    block->next->previous = block;
    host.blocks.next = block;
    return block + 1;
}

void kfree(void *memory)
{
    struct block *block = (struct block *)memory - 1;
    if (memory == NULL)
        return;
    block->next->previous = block->previous;
    block->previous->next = block->next;
    free(block);
}

void log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;
    assert_int_equal(level, LOG_ERROR);
    va_start(arguments, format);
    vsnprintf(host.report, sizeof(host.report), format, arguments);
    va_end(arguments);
    host.reports++;
}

static struct ustar_maker maker;

static int set_up(void **state)
{
    (void)state;
    memset(&host, 0, sizeof(host));
    host.blocks.next = host.blocks.previous = &host.blocks;
    return 0;
}

static void forget_tree(void)
{
    initrd_init(span_make(NULL, 0));
    while (host.blocks.next != &host.blocks)
        kfree(host.blocks.next + 1);
}

static int tear_down(void **state)
{
    (void)state;
    forget_tree();
    maker_free(&maker);
    return 0;
}

static void add(const char *name, char type, const char *contents)
{
    maker_add(&maker, name, type, contents);
}

static void build(void)
{
    maker_end(&maker);
    initrd_init(span_make(maker.bytes, maker.size));
}

static void assert_contents(const char *path, const char *expected)
{
    const struct initrd_node *node = initrd_find(path);
    assert_non_null(node);
    assert_false(initrd_is_directory(node));
    struct span contents = initrd_contents(node);
    assert_int_equal(contents.size, strlen(expected));
    if (contents.size != 0)
        assert_memory_equal(contents.bytes, expected, contents.size);
}

static void assert_children(const char *path, const char *expected)
{
    char names[256] = "";
    const struct initrd_node *child = initrd_first_child(initrd_find(path));
    for (; child != NULL; child = initrd_next_sibling(child)) {
        strcat(names, initrd_name(child));
        strcat(names, " ");
    }
    assert_string_equal(names, expected);
}

static void assert_reported(const char *part)
{
    assert_int_equal(host.reports, 1);
    assert_non_null(strstr(host.report, "initrd: offset 0x"));
    assert_non_null(strstr(host.report, part));
}

static void tree_has_files_and_directories_in_order_of_names(void **state)
{
    (void)state;
    add("./", '5', "");
    add("./usr/", '5', "");
    add("./etc/", '5', "");
    add("./etc/rc", '0', "echo hi\n");
    add("./etc/motd", '0', "welcome");
    add("./bin", '0', "");
    build();
    assert_int_equal(host.reports, 0);
    assert_children("/", "bin etc usr ");
    assert_children("/etc", "motd rc ");
    assert_children("/usr", "");
    assert_contents("/etc/rc", "echo hi\n");
    assert_contents("/etc/motd", "welcome");
    assert_contents("/bin", "");
    assert_true(initrd_is_directory(initrd_find("/usr")));
    assert_int_equal(initrd_contents(initrd_find("/usr")).size, 0);
    assert_string_equal(initrd_name(initrd_find("/etc/rc")), "rc");
    assert_string_equal(initrd_name(initrd_find("/")), "");
    assert_null(initrd_next_sibling(initrd_find("/")));
    assert_null(initrd_first_child(initrd_find("/bin")));
}

static void paths_are_resolved_like_unix_ones(void **state)
{
    (void)state;
    add("a/b/c", '0', "x");
    build();
    const struct initrd_node *c = initrd_find("/a/b/c");
    assert_non_null(c);
    assert_ptr_equal(initrd_find("//a/.//b/./c"), c);
    assert_ptr_equal(initrd_find("/a/../a/b/c"), c);
    assert_ptr_equal(initrd_find("/../../a/b/c"), c);
    assert_ptr_equal(initrd_find("/a/b/.."), initrd_find("/a"));
    assert_ptr_equal(initrd_find("/a/b/"), initrd_find("/a/b"));
    assert_ptr_equal(initrd_find("/a/.."), initrd_find("/"));
    assert_null(initrd_find(""));
    assert_null(initrd_find("a/b/c"));
    assert_null(initrd_find("/a/b/c/d"));
    assert_null(initrd_find("/a/b/c/.."));
    assert_null(initrd_find("/a/none/../b"));
    assert_null(initrd_find("/a/b/cc"));
    assert_null(initrd_find("/a/b/..."));
}

static void missing_parents_are_made(void **state)
{
    (void)state;
    add("usr/lib/ext/hello.a", '0', "x");
    build();
    assert_int_equal(host.reports, 0);
    assert_true(initrd_is_directory(initrd_find("/usr/lib")));
    assert_children("/usr/lib/ext", "hello.a ");
}

static void later_entries_replace_earlier_ones(void **state)
{
    (void)state;
    add("etc/", '5', "");
    add("etc/rc", '0', "old");
    add("etc/motd", '0', "kept");
    add("etc/", '5', "");
    add("./etc//rc", '0', "newer");
    add("was", '0', "a file");
    add("was/", '5', "");
    add("was/now", '0', "in a directory");
    build();
    assert_int_equal(host.reports, 0);
    assert_contents("/etc/rc", "newer");
    assert_contents("/etc/motd", "kept");
    assert_children("/etc", "motd rc ");
    assert_contents("/was/now", "in a directory");
}

static void a_file_does_not_replace_a_directory(void **state)
{
    (void)state;
    add("etc/rc", '0', "x");
    add("etc", '0', "y");
    build();
    assert_reported("a directory has this path already: /etc");
    assert_contents("/etc/rc", "x");
}

static void a_path_through_a_file_is_left_out(void **state)
{
    (void)state;
    add("etc/rc", '0', "x");
    add("etc/rc/y/z", '0', "y");
    add("after", '0', "z");
    build();
    assert_reported("its path goes through a file: /etc/rc/y/z");
    assert_non_null(strstr(host.report, "0x400:"));
    assert_contents("/etc/rc", "x");
    assert_contents("/after", "z");
}

static void a_path_that_goes_up_is_left_out(void **state)
{
    (void)state;
    add("a/../b", '0', "x");
    add("..c/..d", '0', "y");
    build();
    assert_reported("its path has \"..\" in it: /a/../b");
    assert_children("/", "..c ");
}

static void links_and_devices_are_left_out(void **state)
{
    (void)state;
    add("a", '0', "x");
    add("b", '2', "");
    build();
    assert_reported("it is neither a file nor a directory: /b");
    assert_children("/", "a ");
}

static void a_file_without_a_name_is_left_out(void **state)
{
    (void)state;
    add("./", '0', "x");
    build();
    assert_reported("a file without a name");
    assert_true(initrd_is_directory(initrd_find("/")));
}

static void no_archive_gives_an_empty_root_in_silence(void **state)
{
    (void)state;
    initrd_init(span_make(NULL, 0));
    assert_int_equal(host.reports, 0);
    assert_true(initrd_is_directory(initrd_find("/")));
    assert_null(initrd_first_child(initrd_find("/")));
    assert_null(initrd_find("/x"));
}

static void what_stands_before_a_damaged_header_stays(void **state)
{
    (void)state;
    add("a", '0', "x");
    size_t bad = maker_add(&maker, "b", '0', "y");
    add("c", '0', "z");
    maker.bytes[bad] ^= 1;
    build();
    assert_reported("the header's checksum is wrong");
    assert_non_null(strstr(host.report, "0x400:"));
    assert_children("/", "a ");
}

static void garbage_gives_an_empty_root_and_a_report(void **state)
{
    (void)state;
    memset(maker_grow(&maker, 5000), 'g', 5000);
    initrd_init(span_make(maker.bytes, maker.size));
    assert_reported("not a ustar header");
    assert_null(initrd_first_child(initrd_find("/")));
}

/* Where bytes go that are read only to see whether they can be. */
static volatile uint8_t byte_read;

/* Visits every node that can be reached and every byte of every file. */
static size_t count_nodes(const struct initrd_node *node)
{
    size_t count = 1;
    struct span contents = initrd_contents(node);
    for (size_t i = 0; i < contents.size; i++)
        byte_read = span_u8(contents, i);
    const struct initrd_node *before = NULL;
    const struct initrd_node *child = initrd_first_child(node);
    for (; child != NULL; child = initrd_next_sibling(child)) {
        if (before != NULL)
            assert_true(strcmp(initrd_name(before), initrd_name(child)) < 0);
        count += count_nodes(child);
        before = child;
    }
    return count;
}

static void make_small_archive(void)
{
    add("etc/", '5', "");
    add("etc/rc", '0', "hello");
    add("lib/x", '0', "y");
    maker_end(&maker);
}

static void every_truncation_is_reported_once(void **state)
{
    (void)state;
    make_small_archive();
    for (size_t size = 1; size < maker.size; size++) {
        uint8_t *copy = malloc(size);
        memcpy(copy, maker.bytes, size);
        host.reports = 0;
        initrd_init(span_make(copy, size));
        assert_int_equal(host.reports, 1);
        assert_true(count_nodes(initrd_find("/")) <= 5);
        forget_tree();
        free(copy);
    }
}

static void no_single_byte_breaks_the_tree(void **state)
{
    (void)state;
    make_small_archive();
    const uint8_t changes[] = {0x01, 0x10, 0x80, 0xff};
    /* Of exactly the archive's size, so that a sanitizer sees each byte too far. */
    uint8_t *copy = malloc(maker.size);
    memcpy(copy, maker.bytes, maker.size);
    for (size_t i = 0; i < maker.size; i++) {
        for (size_t change = 0; change < ARRAY_COUNT(changes); change++) {
            copy[i] ^= changes[change];
            initrd_init(span_make(copy, maker.size));
            assert_true(count_nodes(initrd_find("/")) <= 5);
            forget_tree();
            copy[i] ^= changes[change];
        }
    }
    free(copy);
}

/* Enough files for the table of a directory to grow, so that this fails too. */
static void add_many(size_t count)
{
    char name[32];
    for (size_t i = 0; i < count; i++) {
        /* Not in order of names. */
        snprintf(name, sizeof(name), "d/file%05zu", i * 7919 % count);
        add(name, '0', "x");
    }
}

static void every_failed_allocation_is_reported_and_survived(void **state)
{
    (void)state;
    const size_t files = 400;
    add_many(files);
    build();
    size_t allocations = host.allocations;
    assert_true(allocations > files);
    for (size_t i = 1; i <= allocations * 2; i++) {
        forget_tree();
        host.allocations = 0;
        host.reports = 0;
        host.fail_from = i % 2 ? (i + 1) / 2 : 0;
        host.fail_only = i % 2 ? 0 : i / 2;
        initrd_init(span_make(maker.bytes, maker.size));
        assert_true(host.reports > 0);
        assert_non_null(strstr(host.report, "out of memory: /d/file"));
        /* What could not be added is reported; what could be is there: the root, "d", the rest. */
        size_t nodes = count_nodes(initrd_find("/"));
        bool has_directory = initrd_find("/d") != NULL;
        assert_int_equal(nodes, 1 + (has_directory ? 1 : 0) + files - host.reports);
    }
}

static void ten_thousand_files_in_one_folder(void **state)
{
    (void)state;
    const size_t files = 10000;
    char path[32];
    add_many(files);
    build();
    assert_int_equal(host.reports, 0);
    assert_int_equal(count_nodes(initrd_find("/")), files + 2);
    for (size_t i = 0; i < files; i++) {
        snprintf(path, sizeof(path), "/d/file%05zu", i);
        assert_contents(path, "x");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(tree_has_files_and_directories_in_order_of_names),
        TEST(paths_are_resolved_like_unix_ones),
        TEST(missing_parents_are_made),
        TEST(later_entries_replace_earlier_ones),
        TEST(a_file_does_not_replace_a_directory),
        TEST(a_path_through_a_file_is_left_out),
        TEST(a_path_that_goes_up_is_left_out),
        TEST(links_and_devices_are_left_out),
        TEST(a_file_without_a_name_is_left_out),
        TEST(no_archive_gives_an_empty_root_in_silence),
        TEST(what_stands_before_a_damaged_header_stays),
        TEST(garbage_gives_an_empty_root_and_a_report),
        TEST(every_truncation_is_reported_once),
        TEST(no_single_byte_breaks_the_tree),
        TEST(every_failed_allocation_is_reported_and_survived),
        TEST(ten_thousand_files_in_one_folder),
    };
    return cmocka_run_group_tests_name("initrd", tests, NULL, NULL);
}
