/*
 * What the loader must know of a machine, as data. Every machine is always compiled, whichever kernel
 * is being built.
 *
 * Sources: System V psABI for AMD64, section 4.4.1 (table 4.9); psABI for Intel386, section 4.4
 * (table 4.9 and following).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

/* How the value of a relocation is made: S symbol, A addend, P the place's own address. */
enum relocation_formula {
    FORMULA_UNKNOWN = 0, /* not a type this loader binds */
    FORMULA_NONE,        /* nothing to do */
    FORMULA_ABSOLUTE,    /* S + A */
    FORMULA_RELATIVE,    /* S + A - P */
};

/* Which values a place can hold. */
enum relocation_range {
    RANGE_WRAPS,    /* every value: arithmetic is modulo the width */
    RANGE_SIGNED,   /* the place is sign-extended when used */
    RANGE_UNSIGNED, /* the place is zero-extended when used */
};

struct relocation_type {
    const char *name;    /* "R_X86_64_PC32" */
    uint8_t formula;     /* enum relocation_formula */
    uint8_t width_bytes; /* 0, 4 or 8 */
    uint8_t range;       /* enum relocation_range */
    uint8_t form;        /* the three in one number, to branch on */
};

#define RELOCATION_FORM(formula, width_bytes, range)                                               \
    ((formula) | (range) << 2 | ((width_bytes) / 8) << 4)
#define RELOCATION_FORMS 32 /* more than any form */
/* Initialises a type that the loader binds; the others have a name only, and form 0. */
#define RELOCATION_TYPE(name, formula, width_bytes, range)                                         \
    {                                                                                              \
        name, formula, width_bytes, range, RELOCATION_FORM(formula, width_bytes, range)            \
    }

struct machine {
    const char *name;     /* "x86_64" */
    uint16_t elf_machine; /* e_machine */
    bool is_64;           /* ELFCLASS64, else ELFCLASS32 */
    uint32_t type_count;
    const struct relocation_type *types; /* by type number */
};

extern const struct machine machine_x86_64;
extern const struct machine machine_i386;

/* The machine with this e_machine and class, or NULL. */
const struct machine *machine_find(uint16_t elf_machine, bool is_64);

/* The name of an e_machine number, "unknown machine" when it is not a well-known one. */
const char *machine_name(uint16_t elf_machine);
