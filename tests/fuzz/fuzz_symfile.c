/*
 * Fuzz target: import and export files. Every line is an entry with a name that ends, an error with a
 * reason, or nothing; a reader always comes to the end.
 */
#include <stdlib.h>
#include <string.h>

#include "loader/image/symfile.h"
#include "tests/fuzz/fuzz.h"

static void check_entry(const struct symfile_entry *entry, const struct symfile *symfile)
{
    size_t length = strnlen(entry->name, SYMFILE_NAME_MAX);
    ASSERT(length > 0 && length < SYMFILE_NAME_MAX);
    ASSERT(entry->line == symfile->line);
    ASSERT((unsigned)entry->mclass <= MOD_CLASS_SYSCALL3264);
    ASSERT(symfile->applies_32 || symfile->applies_64);
}

static void read_all(struct span text)
{
    struct symfile symfile;
    struct symfile_entry entry;
    unsigned last = 0;
    symfile_open(text, &symfile);
    for (;;) {
        const char *why = NULL;
        enum symfile_result result = symfile_next(&symfile, &entry, &why);
        ASSERT(memchr(symfile.file, 0, sizeof(symfile.file)) != NULL);
        ASSERT(symfile.next <= text.size);
        if (result == SYMFILE_END)
            break;
        ASSERT(symfile.line > last && symfile.line <= text.size);
        last = symfile.line;
        if (result == SYMFILE_ENTRY)
            check_entry(&entry, &symfile);
        else
            ASSERT(result == SYMFILE_ERROR && why != NULL && why[0] != '\0');
    }
    ASSERT(symfile.next == text.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size);
    memcpy(copy, data, size);
    read_all(span_make(copy, size));
    free(copy);
    return 0;
}

static const char *const pieces[] = {
    "\n",       " ",       "\t",         "\r\n",         "* remark\n", "#!/unix\n", "#!\n",
    "#! .\n",   "#! a.a(", ")\n",        "( )",          "# 32\n",     "# 64\n",    "# no32\n",
    "# no64\n", "#x\n",    "name",       "_load",        "a.b$c",      " syscall",  " svc32",
    " SVC3264", " svc",    " syscall64", " syscall3264", " 0x1000",    "9",         "\xc3\xa9",
};

/* A long run of one byte: names and paths have a limit. */
static size_t grow(uint8_t *data, size_t size, size_t max_size, struct fuzz_random *random)
{
    size_t count = 1 + fuzz_below(random, 2 * SYMFILE_NAME_MAX);
    if (count > max_size - size)
        count = max_size - size;
    size_t place = fuzz_below(random, (uint32_t)size + 1);
    memmove(data + place + count, data + place, size - place);
    memset(data + place, "a/ ("[fuzz_below(random, 4)], count);
    return size + count;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct fuzz_random random = fuzz_random_start(seed);
    if (fuzz_below(&random, 4) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    if (fuzz_below(&random, 64) == 0)
        return grow(data, size, max_size, &random);
    for (unsigned i = 1 + fuzz_below(&random, 4); i > 0; i--) {
        const char *piece = pieces[fuzz_below(&random, ARRAY_COUNT(pieces))];
        size_t length = strlen(piece);
        size_t place = fuzz_below(&random, (uint32_t)size + 1);
        if (length > max_size - size)
            break;
        memmove(data + place + length, data + place, size - place);
        memcpy(data + place, piece, length);
        size += length;
    }
    return size;
}
