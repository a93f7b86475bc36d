/* The in-process host; see the header. */
#define _GNU_SOURCE
#include "tests/host/host_process.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "loader/host.h"
#include "tests/host/support.h"

#define ARENA_ADDRESS  0x10000000ul
#define ARENA_PAGES    16384u /* 64 MiB */
#define STUB_SIZE      16u    /* jmp *0(%rip), the target, padding */
#define STUBS_MAX      (HOST_PAGE_SIZE / STUB_SIZE)
#define FILES_MAX      4200
#define OPEN_MAX       4200
#define ALLOCATION_MAX 65536

enum page_state { PAGE_FREE, PAGE_READ, PAGE_READ_WRITE, PAGE_READ_EXECUTE };

struct file {
    char *path;
    void *bytes; /* NULL: a directory */
    size_t size;
};

struct open_file {
    void *copy; /* handed out; NULL: none */
    size_t count;
    const struct file *file;
};

static struct process {
    bool is_mapped;
    uint8_t pages[ARENA_PAGES]; /* enum page_state */
    bool was_executable[ARENA_PAGES];
    size_t live_pages;
    size_t pages_reopened;
    unsigned stub_count;
    struct file files[FILES_MAX];
    size_t file_count;
    struct open_file open[OPEN_MAX];
    void *allocations[ALLOCATION_MAX];
    size_t allocation_count;
    size_t heap_bytes;
    bool is_locked;
    unsigned requests;
    unsigned fail_first; /* 0: never */
    bool fail_all_after;
    size_t calls;
} process;

static void map_arena(void)
{
    void *wanted = (void *)ARENA_ADDRESS;
    void *arena = mmap(wanted, (size_t)ARENA_PAGES * HOST_PAGE_SIZE, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    assert_ptr_equal(arena, wanted);
    assert_int_equal(mprotect(arena, HOST_PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
    process.pages[0] = PAGE_READ_EXECUTE;
    process.is_mapped = true;
}

void host_process_start(void)
{
    host_process_stop();
    map_arena();
}

void host_process_stop(void)
{
    for (size_t i = 0; i < process.file_count; i++) {
        free(process.files[i].path);
        free(process.files[i].bytes);
    }
    for (size_t i = 0; i < process.allocation_count; i++)
        free(process.allocations[i]);
    for (size_t i = 0; i < OPEN_MAX; i++)
        free(process.open[i].copy);
    if (process.is_mapped)
        munmap((void *)ARENA_ADDRESS, (size_t)ARENA_PAGES * HOST_PAGE_SIZE);
    memset(&process, 0, sizeof(process));
}

void host_process_add_file(const char *path, const void *bytes, size_t size)
{
    struct file *file = process.files;
    while (file < process.files + process.file_count && strcmp(file->path, path) != 0)
        file++;
    assert_true(file < process.files + FILES_MAX);
    if (file == process.files + process.file_count) {
        process.file_count++;
        file->path = strdup(path);
    }
    free(file->bytes);
    file->bytes = NULL;
    file->size = size;
    if (bytes == NULL)
        return;
    file->bytes = malloc(size + 1);
    memcpy(file->bytes, bytes, size);
}

/* The stubs' page is writable only while a stub is written. */
uintptr_t host_process_stub(void (*function)(void))
{
    static const uint8_t jump[] = {0xff, 0x25, 0, 0, 0, 0};
    uint8_t *stub = (uint8_t *)ARENA_ADDRESS + (size_t)STUB_SIZE * process.stub_count++;
    assert_true(process.stub_count <= STUBS_MAX);
    mprotect((void *)ARENA_ADDRESS, HOST_PAGE_SIZE, PROT_READ | PROT_WRITE);
    memcpy(stub, jump, sizeof(jump));
    memcpy(stub + sizeof(jump), &function, sizeof(function));
    mprotect((void *)ARENA_ADDRESS, HOST_PAGE_SIZE, PROT_READ | PROT_EXEC);
    return (uintptr_t)stub;
}

static void fail_set(unsigned first, bool all_after)
{
    process.requests = 0;
    process.fail_first = first;
    process.fail_all_after = all_after;
}

void host_fail_at(unsigned number)
{
    fail_set(number, false);
}

void host_fail_from(unsigned number)
{
    fail_set(number, true);
}

void host_fail_never(void)
{
    fail_set(0, false);
}

unsigned host_requests(void)
{
    return process.requests;
}

static bool must_fail(void)
{
    unsigned first = process.fail_first;
    process.requests++;
    return first != 0 &&
           (process.requests == first || (process.fail_all_after && process.requests > first));
}

size_t host_live_allocations(void)
{
    return process.allocation_count;
}

size_t host_live_pages(void)
{
    return process.live_pages;
}

size_t host_open_files(void)
{
    size_t count = 0;
    for (size_t i = 0; i < OPEN_MAX; i++)
        count += process.open[i].count;
    return count;
}

size_t host_pages_reopened(void)
{
    return process.pages_reopened;
}

size_t host_calls(void)
{
    return process.calls;
}

static size_t page_index(uintptr_t address)
{
    size_t index = (address - ARENA_ADDRESS) / HOST_PAGE_SIZE;
    assert_true(address >= ARENA_ADDRESS && index < ARENA_PAGES);
    return index;
}

enum protection host_protection(uintptr_t address)
{
    uint8_t state = process.pages[page_index(address)];
    assert_int_not_equal(state, PAGE_FREE);
    return state == PAGE_READ         ? PROTECTION_READ
           : state == PAGE_READ_WRITE ? PROTECTION_READ_WRITE
                                      : PROTECTION_READ_EXECUTE;
}

const struct machine *host_machine(void)
{
    return &machine_x86_64;
}

/* Sets state and protection of pages; all of them must be free or none. */
static void set_pages(size_t first, size_t count, enum page_state state, int protection)
{
    void *start = (void *)(ARENA_ADDRESS + first * HOST_PAGE_SIZE);
    for (size_t i = first; i < first + count; i++) {
        assert_true(i < ARENA_PAGES);
        if (state == PAGE_READ_WRITE && process.was_executable[i])
            process.pages_reopened++;
        process.was_executable[i] =
            state != PAGE_FREE && (process.was_executable[i] || state == PAGE_READ_EXECUTE);
        process.pages[i] = (uint8_t)state;
    }
    assert_int_equal(mprotect(start, count * HOST_PAGE_SIZE, protection), 0);
}

/* First fit behind a guard page, so that equal states have equal addresses. */
uintptr_t host_pages_allocate(size_t page_count, size_t alignment_bytes)
{
    size_t free_pages = 0;
    assert_true(page_count > 0 && is_power_of_two(alignment_bytes));
    if (must_fail())
        return 0;
    for (size_t i = 1; i < ARENA_PAGES; i++) {
        free_pages = process.pages[i] == PAGE_FREE ? free_pages + 1 : 0;
        size_t first = i - page_count;
        if (free_pages < page_count + 2 || first * HOST_PAGE_SIZE % alignment_bytes != 0)
            continue;
        set_pages(first, page_count, PAGE_READ_WRITE, PROT_READ | PROT_WRITE);
        process.live_pages += page_count;
        /* Nothing is said about the contents. */
        return (uintptr_t)memset((void *)(ARENA_ADDRESS + first * HOST_PAGE_SIZE), 0xaa,
                                 page_count * HOST_PAGE_SIZE);
    }
    return 0;
}

void host_pages_free(uintptr_t address, size_t page_count)
{
    size_t first = page_index(address);
    for (size_t i = first; i < first + page_count; i++)
        assert_int_not_equal(process.pages[i], PAGE_FREE);
    set_pages(first, page_count, PAGE_FREE, PROT_NONE);
    process.live_pages -= page_count;
}

void host_pages_protect(uintptr_t address, size_t page_count, enum protection protection)
{
    static const enum page_state states[] = {PAGE_READ, PAGE_READ_WRITE, PAGE_READ_EXECUTE};
    static const int bits[] = {PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC};
    size_t first = page_index(address);
    assert_int_equal(address % HOST_PAGE_SIZE, 0);
    for (size_t i = first; i < first + page_count; i++)
        assert_int_not_equal(process.pages[i], PAGE_FREE);
    set_pages(first, page_count, states[protection], bits[protection]);
}

/* Filled with rubbish, since nothing is said about the contents. */
void *host_allocate(size_t size_bytes)
{
    if (must_fail())
        return NULL;
    assert_true(process.allocation_count < ALLOCATION_MAX);
    void *memory = malloc(size_bytes);
    assert_non_null(memory);
    memset(memory, 0xa5, size_bytes);
    process.allocations[process.allocation_count++] = memory;
    process.heap_bytes += malloc_usable_size(memory);
    return memory;
}

void host_release(void *memory)
{
    size_t i = process.allocation_count;
    if (memory == NULL)
        return;
    while (i > 0 && process.allocations[i - 1] != memory)
        i--;
    assert_int_not_equal(i, 0);
    process.allocations[i - 1] = process.allocations[--process.allocation_count];
    process.heap_bytes -= malloc_usable_size(memory);
    free(memory);
}

void host_lock(void)
{
    assert_false(process.is_locked);
    process.is_locked = true;
}

void host_unlock(void)
{
    assert_true(process.is_locked);
    process.is_locked = false;
}

bool host_lock_is_mine(void)
{
    return process.is_locked;
}

/* "/./a.o" is another name of "/a.o". */
static const struct file *file_find(const char *path)
{
    while (strncmp(path, "/./", 3) == 0)
        path += 2;
    for (size_t i = 0; i < process.file_count; i++) {
        if (strcmp(process.files[i].path, path) == 0)
            return &process.files[i];
    }
    return NULL;
}

/* Where a file is open; without a file the first free place. NULL when there is none. */
static struct open_file *find_open(const struct file *file)
{
    struct open_file *open = process.open;
    while (open < process.open + OPEN_MAX && open->file != file)
        open++;
    return open < process.open + OPEN_MAX ? open : NULL;
}

/* Each open file is a copy of exactly its size, so that reads behind it and after closing show. */
enum status host_file_open(const char *path, struct span *contents)
{
    const struct file *file = file_find(path);
    if (must_fail())
        return STATUS_FILE_READ;
    if (file == NULL)
        return STATUS_FILE_MISSING;
    if (file->bytes == NULL)
        return STATUS_FILE_DIRECTORY;
    struct open_file *open = find_open(file);
    if (open == NULL) {
        open = find_open(NULL);
        assert_non_null(open);
        *open = (struct open_file){.copy = malloc(file->size != 0 ? file->size : 1), .file = file};
        memcpy(open->copy, file->bytes, file->size);
    }
    open->count++;
    *contents = span_make(open->copy, file->size);
    return STATUS_OK;
}

void host_file_close(struct span contents)
{
    struct open_file *open = process.open;
    while (open < process.open + OPEN_MAX && open->copy != contents.bytes)
        open++;
    assert_true(open < process.open + OPEN_MAX);
    if (--open->count != 0)
        return;
    free(open->copy);
    *open = (struct open_file){.copy = NULL};
}

int host_call(int (*function)(void))
{
    assert_int_equal(host_protection((uintptr_t)function), PROTECTION_READ_EXECUTE);
    process.calls++;
    return function();
}

void host_call_void(void (*function)(void))
{
    assert_int_equal(host_protection((uintptr_t)function), PROTECTION_READ_EXECUTE);
    function();
}

uintptr_t host_call_resolver(uintptr_t (*resolver)(void))
{
    assert_int_equal(host_protection((uintptr_t)resolver), PROTECTION_READ_EXECUTE);
    return resolver();
}

/* The test program's own code, made by its linker, and the stubs that stand for it. */
bool host_is_code(uintptr_t address)
{
    extern const char __executable_start[], etext[];
    return address - ARENA_ADDRESS < HOST_PAGE_SIZE ||
           (address >= (uintptr_t)__executable_start && address < (uintptr_t)etext);
}

int host_call_entry(uintptr_t entry, int command, void *data)
{
    return ((int (*)(int, void *))entry)(command, data);
}

void host_get_totals(struct host_totals *totals)
{
    *totals = (struct host_totals){.pages = process.live_pages, .heap_bytes = process.heap_bytes};
}
