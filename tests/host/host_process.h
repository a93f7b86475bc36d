/*
 * The loader's host inside a test process (loader/host.h): extensions are really placed, protected
 * and run.
 *
 *   0x10000000                                             below 2 GiB, so that code for the kernel's
 *   | stubs of exports | pages for extensions ... |        model (R_X86_64_32S) reaches all of it
 *
 * Any fallible request can be made to fail by its number. Memory that is given back twice, or was
 * never given, fails the test; pages that were given back cannot be touched.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/protection.h"
#include "loader/live/loader.h"

/* An empty host: no files, no memory in use, nothing fails; what an earlier test kept is dropped. */
void host_process_start(void);
/* Gives everything back. */
void host_process_stop(void);

/* The file at `path` has these bytes from now on; copied. Bytes NULL: it is a directory. */
void host_process_add_file(const char *path, const void *bytes, size_t size);

/*
 * An export of "/unix" whose function or object is anywhere in the process: functions get a jump within
 * reach. Returns the address to export.
 */
uintptr_t host_process_stub(void (*function)(void));

/* The nth fallible request from now on fails, from 1 on; fail_from: and every one after it. */
void host_fail_at(unsigned number);
void host_fail_from(unsigned number);
void host_fail_never(void);
/* Fallible requests since the last of the above. */
unsigned host_requests(void);

/* What is in use. */
size_t host_live_allocations(void);
size_t host_live_pages(void);
size_t host_open_files(void);

/* What may be done with the page that `address` is in. */
enum protection host_protection(uintptr_t address);
/* Pages that were made writable again after they had been executable: must stay 0. */
size_t host_pages_reopened(void);
/* Calls of extensions' functions so far. */
size_t host_calls(void);
