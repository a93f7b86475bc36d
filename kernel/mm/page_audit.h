/* An audit of the page tables, read as the CPU reads them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/compiler.h"

struct page_audit {
    size_t pages; /* of 4 KiB, mapped in the whole address space, the tables' own window excepted */
    size_t executable;
    size_t writable_executable; /* must be 0 */
    size_t user;                /* reachable by user mode */
    size_t writable_aliases;    /* writable pages whose frame is executable elsewhere: must be 0 */
};

/* False when there is no memory for the search for aliases; then only that count is missing. Sleeps. */
MUST_CHECK bool page_audit(struct page_audit *audit);
