/*
 * The kernel as the loader's host: loader/host.h over kernel memory, heap, initrd and a mutex.
 */
#include "loader/host.h"

#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "arch/machine.h"
#include "kernel/fs/initrd.h"
#include "kernel/loader/loader_init.h"
#include "kernel/log/panic.h"
#include "kernel/log/symbols.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/memory.h"
#include "kernel/sync/mutex.h"
#include "loader/live/loader.h"

_Static_assert(HOST_PAGE_SIZE == PAGE_SIZE, "the loader and the CPU mean the same pages");

static struct mutex lock;

/* Made by tools/kernex from kernel/kernex.exp. */
extern const struct kernel_export kernel_exports_start[];
extern const struct kernel_export kernel_exports_end[];

void loader_host_init(void)
{
    struct diagnosis diagnosis;
    mutex_init(&lock);
    size_t count = (size_t)(kernel_exports_end - kernel_exports_start);
    if (loader_init(kernel_exports_start, count, &diagnosis) != STATUS_OK) {
        char text[DIAGNOSIS_DETAIL_MAX];
        diagnosis_format(&diagnosis, text, sizeof(text));
        panic("loader: %s", text);
    }
    symbols_set_extension_hook(loader_find_address);
}

const struct machine *host_machine(void)
{
    return arch_loader_machine();
}

uintptr_t host_pages_allocate(size_t page_count, size_t alignment_bytes)
{
    return memory_allocate_aligned(MEMORY_EXTENSION, page_count, alignment_bytes);
}

void host_pages_free(uintptr_t address, size_t page_count UNUSED)
{
    memory_free(address);
}

void host_pages_protect(uintptr_t address, size_t page_count, enum protection protection)
{
    memory_protect(address, page_count, protection);
}

void *host_allocate(size_t size_bytes)
{
    return kmalloc(size_bytes);
}

void host_release(void *memory)
{
    kfree(memory);
}

void host_lock(void)
{
    mutex_lock(&lock);
}

void host_unlock(void)
{
    mutex_unlock(&lock);
}

bool host_lock_is_mine(void)
{
    return mutex_is_mine(&lock);
}

enum status host_file_open(const char *path, struct span *contents)
{
    const struct initrd_node *node = initrd_find(path);
    if (node == NULL)
        return STATUS_FILE_MISSING;
    if (initrd_is_directory(node))
        return STATUS_FILE_DIRECTORY;
    *contents = initrd_contents(node);
    return STATUS_OK;
}

/* The initrd stays where it is. */
void host_file_close(struct span contents UNUSED) {}

int host_call(int (*function)(void))
{
    return function();
}

void host_call_void(void (*function)(void))
{
    function();
}

uintptr_t host_call_resolver(uintptr_t (*resolver)(void))
{
    return resolver();
}

bool host_is_code(uintptr_t address)
{
    return symbols_is_kernel_code(address);
}

int host_call_entry(uintptr_t entry, int command, void *data)
{
    return ((int (*)(int, void *))entry)(command, data);
}

void host_get_totals(struct host_totals *totals)
{
    struct memory_totals memory;
    struct heap_totals heap;
    memory_get_totals(&memory);
    heap_get_totals(&heap);
    *totals = (struct host_totals){.pages = memory.extension_pages, .heap_bytes = heap.bytes};
}
