/*
 * Warnings about code that the kernel would run and that could go wrong there: what a compiler takes
 * for granted in a program and a kernel does not give. Found in the disassembly that objdump makes.
 */
#pragma once

#include <stdbool.h>

#include "lib/compiler.h"
#include "loader/machine/machine.h"
#include "tools/modld/options.h"

/*
 * Writes a line on standard error for each function of the object at `path` that keeps data below its
 * stack pointer (x86_64: the red zone, psABI for AMD64, 3.2.2) or uses registers of the floating point
 * unit. False when objdump cannot be run or fails; it is reported.
 */
MUST_CHECK bool warnings_give(const struct options *options, const struct machine *machine,
                              const char *path);
