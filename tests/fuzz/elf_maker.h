/* Makes small sound, or nearly sound, objects from random numbers, for the mutator to change. */
#pragma once

#include "tests/fuzz/fuzz.h"
#include "tests/host/host_elf.h"

/* Sections that every made object has, by number; the records' may be empty. */
enum {
    MAKER_SYMBOLS = ELF_SYMBOLS,
    MAKER_STRINGS = ELF_STRINGS,
    MAKER_TEXT = ELF_FIRST,
    MAKER_DATA,
    MAKER_FILES,
    MAKER_EXPORTS,
    MAKER_IMPORTS,
    MAKER_OTHERS,
};

/* Writes an object to `data`; returns its size, 1 when it does not fit. */
size_t elf_make(uint8_t *data, size_t max_size, struct fuzz_random *random);
