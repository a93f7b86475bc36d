/*
 * What the fuzz targets share. A target is tests/fuzz/fuzz_<name>.c: a function that gives bytes to a
 * parser and checks what every answer must be, and one that changes inputs by the format's own parts.
 * `make fuzz` links it with libFuzzer; replay.c gives it the files of its corpus without one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/assert.h"
#include "lib/span.h"
#include "loader/diagnosis.h"

/* libFuzzer's names. The target: runs one input; what is wrong ends the program. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Changes `size` bytes in place, which has room for `max_size`; returns the new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
/* libFuzzer's own changes, which know no format. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* A refusal has a status of the table, its errno and a text; success has none of these. */
void fuzz_check_answer(enum status status, const struct diagnosis *diagnosis);

/* Every byte of `part` is read, and lies in `whole`. */
void fuzz_check_inside(struct span part, struct span whole);

/* Random numbers for mutators: the next one, and one below `limit` (at least 1). */
struct fuzz_random {
    uint64_t state; /* not 0 */
};
struct fuzz_random fuzz_random_start(unsigned seed);
uint64_t fuzz_next(struct fuzz_random *random);
uint32_t fuzz_below(struct fuzz_random *random, uint32_t limit);

/* A number worth trying in a field that holds `old`, in a file of `size` bytes. */
uint64_t fuzz_number(struct fuzz_random *random, uint64_t old, size_t size);
