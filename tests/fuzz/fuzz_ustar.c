/*
 * Fuzz target: ustar, as the kernel reads its initrd. A walk ends; every entry's contents lie in the
 * archive; the tree that initrd.c makes of it can be walked and every node in it is found by its path.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernel/fs/initrd.c"
#include "tests/fuzz/fuzz.h"
#include "tests/host/ustar_maker.h"

/* What initrd.c asks of the kernel. Blocks stay until the next input. */
struct block {
    struct block *next;
    max_align_t bytes[];
};
static struct block *blocks;

void *kmalloc(size_t size_bytes)
{
    struct block *block = malloc(sizeof(*block) + size_bytes);
    block->next = blocks;
    blocks = block;
    return block->bytes;
}

/* All at once, by free_blocks. */
void kfree(void *memory)
{
    (void)memory;
}

static void free_blocks(void)
{
    while (blocks != NULL) {
        struct block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

static char report[512];

void log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;
    ASSERT(level == LOG_ERROR);
    va_start(arguments, format);
    ASSERT(vsnprintf(report, sizeof(report), format, arguments) > 0);
    va_end(arguments);
}

static void walk_archive(struct span archive)
{
    struct ustar_entry entry;
    uint64_t offset = 0;
    for (;;) {
        uint64_t before = offset;
        enum ustar_result result = ustar_next(archive, &offset, &entry);
        ASSERT(ustar_result_text(result)[0] != '\0');
        if (result != USTAR_ENTRY)
            break;
        ASSERT(offset > before && offset % USTAR_BLOCK == 0);
        ASSERT(memchr(entry.path, 0, sizeof(entry.path)) != NULL);
        fuzz_check_inside(entry.contents, archive);
    }
}

/* Contents and place of a node; its parent finds it by its name. */
static void check_node(const struct initrd_node *node, struct span archive)
{
    char path[USTAR_PATH_MAX + 1];
    ASSERT(node->name[0] != '\0' && strchr(node->name, '/') == NULL);
    fuzz_check_inside(initrd_contents(node), archive);
    if (node->parent == &initrd.root) {
        snprintf(path, sizeof(path), "/%s", initrd_name(node));
        ASSERT(initrd_find(path) == node);
    }
}

/* Down, then on, then up: without recursion, as deep as paths may be. */
static void walk_tree(struct span archive)
{
    const struct initrd_node *node = initrd_first_child(&initrd.root);
    while (node != NULL) {
        check_node(node, archive);
        const struct initrd_node *next =
            initrd_is_directory(node) ? initrd_first_child(node) : NULL;
        while (next == NULL && node != &initrd.root) {
            next = initrd_next_sibling(node);
            node = node->parent;
        }
        node = next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size);
    memcpy(copy, data, size);
    struct span archive = span_make(copy, size);
    walk_archive(archive);
    initrd_init(archive);
    walk_tree(archive);
    free_blocks();
    initrd.root = (struct initrd_node){.parent = &initrd.root, .name = "", .is_directory = true};
    free(copy);
    return 0;
}

static const char *const names[] = {"a",  "b",    "a/b",  "a/b/c", "./a/", "/a",  ".",
                                    "..", "a/..", "a//b", "",      "././", "./b", "etc/motd"};

static size_t append_entry(uint8_t *data, size_t size, size_t max_size, struct fuzz_random *random)
{
    struct ustar_maker maker = {0};
    const char *contents = fuzz_below(random, 2) == 0 ? "" : "hello\n";
    size -= size % USTAR_BLOCK;
    maker_add(&maker, names[fuzz_below(random, ARRAY_COUNT(names))],
              "00557123x\0"[fuzz_below(random, 10)], contents);
    if (fuzz_below(random, 6) == 0) {
        memset(maker.bytes + 345, 'p', fuzz_below(random, 156)); /* the prefix */
        memset(maker.bytes, 'n', fuzz_below(random, 101));
        maker_sign(maker.bytes);
    }
    if (fuzz_below(random, 8) == 0)
        maker_end(&maker);
    if (maker.size <= max_size - size) {
        memcpy(data + size, maker.bytes, maker.size);
        size += maker.size;
    }
    maker_free(&maker);
    return size;
}

/* States the right checksum of every block that looks like a header. */
static void sign_all(uint8_t *data, size_t size)
{
    for (size_t i = 0; i + USTAR_BLOCK <= size; i += USTAR_BLOCK)
        if (memcmp(data + i + 257, "ustar", 6) == 0)
            maker_sign(data + i);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct fuzz_random random = fuzz_random_start(seed);
    if (fuzz_below(&random, 2) == 0)
        size = append_entry(data, size, max_size, &random);
    else
        size = LLVMFuzzerMutate(data, size, max_size);
    if (fuzz_below(&random, 16) != 0)
        sign_all(data, size);
    return size;
}
