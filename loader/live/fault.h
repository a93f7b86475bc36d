/*
 * Failures on demand: every fallible step and every allocation of a load has a number, from 1, and
 * loader_request.fail_at makes one fail. Private to loader/live; the lock is held.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/span.h"
#include "loader/diagnosis.h"

/* Starts counting for a request: `at` fails, with `and_later` every later one too; 0: none. */
void fault_begin(uint32_t at, bool and_later);
void fault_end(void);
/* How many points the request passed. */
uint32_t fault_count(void);

/* Passes a point; true when it is to fail. */
MUST_CHECK bool fault_point(void);

/* The host's functions, each behind a point. */
void *fault_allocate(size_t size_bytes);
uintptr_t fault_pages_allocate(size_t page_count, size_t alignment_bytes);
MUST_CHECK enum status fault_file_open(const char *path, struct span *contents);
