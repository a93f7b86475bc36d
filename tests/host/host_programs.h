/*
 * What tests make with other programs: a scratch folder that goes when the test program ends, and
 * compilers and linkers run in it. A program that fails fails the test, its command shown.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/compiler.h"
#include "lib/span.h"

/* Runs a shell command in the scratch folder; $CC, $LD, $AR, $OBJCOPY are the cross tools. */
void scratch_run(const char *format, ...) PRINTF_LIKE(1, 2);
/* True when there is such a program. */
bool scratch_has_program(const char *name);

void scratch_write(const char *name, const void *bytes, size_t size_bytes);
/* The whole file in memory of exactly its size; the caller frees .bytes with scratch_free. */
struct span scratch_read(const char *name);
void scratch_free(struct span contents);

/* Compiles C source into the object `name` with `command` ("$CC -m64 ..."), and gives its bytes. */
struct span scratch_compile(const char *command, const char *name, const char *source);

/* Commands for code as the kernel's extensions are compiled. */
#define COMPILE_64                                                                                 \
    "$CC -std=gnu11 -O2 -m64 -mcmodel=kernel -mno-red-zone -ffreestanding -fno-pic "               \
    "-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables"
#define COMPILE_32                                                                                 \
    "$CC -std=gnu11 -O2 -m32 -ffreestanding -fno-pic -fno-stack-protector -fcf-protection=none "   \
    "-fno-asynchronous-unwind-tables"
