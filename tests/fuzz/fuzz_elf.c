/*
 * Fuzz target: relocatable objects, through all that a load does with their bytes: checked, placed,
 * resolved in a small name space, relocated, in memory of exactly the needed sizes. What the check
 * accepts must not make anything behind it fail but by a status. The changes are in elf_mutator.c.
 */
#include "lib/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tests/host/host_sample.h"
#include "tests/host/support.h"

/* Filling larger blocks would take the time that further inputs need. */
#define BLOCK_MAX (64u << 10)

/* Exports of the kernel, within reach and not, and of one private dependent. */
static struct name_owner kernel = {.name = "/unix", .is_visible = true};
static struct name_owner dependent = {.name = "dep", .is_private = true, .is_visible = true};
static const struct name_owner *files[] = {NULL, &dependent};
static struct definition definitions[] = {
    {.name = "near", .address = 0xffffffff80100000, .owner = &kernel},
    {.name = "far", .address = 0x00007f0000001000, .owner = &kernel},
    {.name = "near", .address = 0xffffffffc0300000, .owner = &dependent},
    {.name = "own", .address = 0xffffffffc0300010, .owner = &dependent},
};

/* The table's first buckets need no memory, and these few names no more. */
static void *no_memory(size_t size_bytes UNUSED)
{
    return NULL;
}

static void no_release(void *memory UNUSED, size_t size_bytes UNUSED) {}

static const struct name_space *small_name_space(void)
{
    static const struct table_memory memory = {no_memory, no_release};
    static struct name_space space;
    static bool is_made;
    if (is_made)
        return &space;
    name_space_init(&space, &memory);
    for (size_t i = 0; i < ARRAY_COUNT(definitions); i++)
        name_space_add(&space, &definitions[i], hash_name(definitions[i].name));
    is_made = true;
    return &space;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool is_32 = size > EI_CLASS && data[EI_CLASS] == ELFCLASS32;
    struct diagnosis diagnosis;
    const struct sample_world world = {
        .scope = {.space = small_name_space(), .files = files, .file_count = ARRAY_COUNT(files)},
        .base = is_32 ? 0xd0000000 : 0xffffffffc0000000,
        .block_max = BLOCK_MAX,
    };
    enum status status = sample_run_in(span_make(data, size), &world, &diagnosis);
    fuzz_check_answer(status, &diagnosis);
    return 0;
}
