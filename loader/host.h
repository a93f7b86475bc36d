/*
 * What the loader asks of whoever embeds it: the whole of the border between the loader and a kernel.
 * Define these functions and link loader/ and lib/ with them.
 *
 * Mortise's own kernel does it in kernel/loader/host.c; the tests' in-process host is
 * tests/host/host_process.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mortise/status.h>

#include "lib/compiler.h"
#include "lib/protection.h"
#include "lib/span.h"
#include "loader/machine/machine.h"

#define HOST_PAGE_SIZE 4096u

/* The machine that extensions must be compiled for. Constant. */
const struct machine *host_machine(void);

/*
 * Memory for the text and data of an extension: `page_count` (at least 1) pages in one piece,
 * readable and writable, contents undefined, within reach of the host's own text (x86_64: +-2 GiB).
 * The address is a multiple of `alignment_bytes`, a power of two from HOST_PAGE_SIZE to
 * IMAGE_ALIGNMENT_MAX (image.h), 2 MiB.
 * 0 when there is none; nothing has changed then. The loader gives it back with host_pages_free.
 */
uintptr_t host_pages_allocate(size_t page_count, size_t alignment_bytes);
void host_pages_free(uintptr_t address, size_t page_count);
/* Changes what may be done with some of these pages. Cannot fail. */
void host_pages_protect(uintptr_t address, size_t page_count, enum protection protection);

/* Memory for the loader's records, aligned to 16; NULL when there is none. */
void *host_allocate(size_t size_bytes);
void host_release(void *memory);

/*
 * One lock over the loader's whole state. May sleep. It is held while an extension's _load and
 * _unload run. Not recursive: the loader asks host_lock_is_mine first.
 */
void host_lock(void);
void host_unlock(void);
bool host_lock_is_mine(void);

/*
 * The contents of the file at `path`, to stay as they are until host_file_close. A file that is open
 * already has the address that it has, under whatever name it is opened again, and is closed once for each
 * time: by that the loader knows a file that it has met. Fails with FILE_MISSING, FILE_DIRECTORY, FILE_READ
 * or NO_MEMORY. May sleep.
 */
MUST_CHECK enum status host_file_open(const char *path, struct span *contents);
void host_file_close(struct span contents);

/* Calls a function of an extension and returns what it returns. May sleep. */
int host_call(int (*function)(void));
/* Calls a constructor or destructor of an extension, which returns nothing. May sleep. */
void host_call_void(void (*function)(void));
/* Calls the resolver of an indirect function, which returns that function's address. May sleep. */
uintptr_t host_call_resolver(uintptr_t (*resolver)(void));
/* True for an address in the host's own code, which a resolver may return. */
bool host_is_code(uintptr_t address);
/* The same for an entry point for configuration: int entry(int command, void *data). */
int host_call_entry(uintptr_t entry, int command, void *data);

struct host_totals {
    size_t pages;      /* that host_pages_allocate has given and not got back */
    size_t heap_bytes; /* in use of the memory that host_allocate takes from */
};
void host_get_totals(struct host_totals *totals);
