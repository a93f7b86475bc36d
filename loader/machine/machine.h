/*
 * What the loader must know of a machine, as data. Every machine is always compiled, whichever kernel
 * is being built.
 *
 * Sources: System V psABI for AMD64, section 4.4.1 (table 4.9) and B.2; psABI for Intel386, section 4.4
 * (table 4.9 and following) and A.2.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

/*
 * How the value of a relocation is made: S the symbol's address, A the addend, P the place's own address,
 * Z the symbol's size, T the origin of the table of addresses (loader/image/linkage.h), G the address of
 * the symbol's slot in it, L the symbol's call stub when it has one, else S.
 */
enum relocation_formula {
    FORMULA_UNKNOWN = 0,   /* not a type that stands in relocatable objects */
    FORMULA_NONE,          /* nothing to do */
    FORMULA_ABSOLUTE,      /* S + A */
    FORMULA_RELATIVE,      /* S + A - P */
    FORMULA_CALL,          /* L + A - P */
    FORMULA_SIZE,          /* Z + A */
    FORMULA_SLOT,          /* G + A - T */
    FORMULA_SLOT_DIRECT,   /* the same; G + A in an instruction without a base register (i386) */
    FORMULA_SLOT_RELATIVE, /* G + A - P */
    FORMULA_FROM_TABLE,    /* S + A - T */
    FORMULA_TABLE,         /* T + A - P */
    FORMULA_THREAD,        /* of thread-local storage, which does not exist here */
};

/* Which values a place can hold. */
enum relocation_range {
    RANGE_WRAPS,    /* every value: arithmetic is modulo the width */
    RANGE_SIGNED,   /* the place is sign-extended when used */
    RANGE_UNSIGNED, /* the place is zero-extended when used */
    RANGE_EITHER,   /* nobody knows which of the two: the value must suit one of them */
};

/* The instruction that a place is part of, when it may be rewritten to do without the slot it reads. */
enum relocation_relaxation {
    RELAXATION_NONE,
    RELAXATION_RIP,     /* x86_64: opcode, ModRM, place */
    RELAXATION_REX_RIP, /* x86_64: REX, opcode, ModRM, place */
    RELAXATION_DISP32,  /* i386: opcode, ModRM, place */
};

struct relocation_type {
    const char *name;    /* "R_X86_64_PC32" */
    uint8_t formula;     /* enum relocation_formula */
    uint8_t width_bytes; /* 0, 1, 2, 4 or 8 */
    uint8_t range;       /* enum relocation_range */
    uint8_t form; /* the three in one number, for the loop over entries; RELOCATION_FORM_RARE */
    uint8_t relaxation; /* enum relocation_relaxation */
};

/* The loop over entries (loader/image/relocation.c) applies types with a form of their own. */
#define RELOCATION_FORM_RARE                                                                       \
    0 /* left to loader/image/relocation_entry.c, like all that is unknown */
#define RELOCATION_FORM(formula, width_bytes, range)                                               \
    ((formula) | (range) << 2 | ((width_bytes) / 8) << 4)

/* Initialise a type: a frequent one, and a rare one. */
#define RELOCATION_TYPE(name, formula, width_bytes, range)                                         \
    {                                                                                              \
        name, formula, width_bytes, range, RELOCATION_FORM(formula, width_bytes, range),           \
            RELAXATION_NONE                                                                        \
    }
#define RELOCATION_RARE(name, formula, width_bytes, range)                                         \
    {                                                                                              \
        name, formula, width_bytes, range, RELOCATION_FORM_RARE, RELAXATION_NONE                   \
    }
#define RELOCATION_RELAXED(name, formula, width_bytes, range, relaxation)                          \
    {                                                                                              \
        name, formula, width_bytes, range, RELOCATION_FORM_RARE, relaxation                        \
    }
/* A call is a relative one while its target is within reach. */
#define RELOCATION_CALL(name, width_bytes, range)                                                  \
    {                                                                                              \
        name, FORMULA_CALL, width_bytes, range,                                                    \
            RELOCATION_FORM(FORMULA_RELATIVE, width_bytes, range), RELAXATION_NONE                 \
    }
#define RELOCATION_THREAD(name)                                                                    \
    {                                                                                              \
        name, FORMULA_THREAD, 0, RANGE_WRAPS, RELOCATION_FORM_RARE, RELAXATION_NONE                \
    }

/* A call stub: jumps to where a slot says. */
#define CALL_STUB_SIZE 8u
struct stub_shape {
    uint8_t code[CALL_STUB_SIZE];
    uint8_t slot_offset;   /* where the four bytes stand that name the slot */
    bool is_slot_relative; /* they count from behind themselves; else they are the slot's address */
};

struct machine {
    const char *name;     /* "x86_64" */
    uint16_t elf_machine; /* e_machine */
    bool is_64;           /* ELFCLASS64, else ELFCLASS32 */
    uint32_t type_count;
    const struct relocation_type *types; /* by type number */
    struct stub_shape stub;
};

extern const struct machine machine_x86_64;
extern const struct machine machine_i386;

/* The machine with this e_machine and class, or NULL. */
const struct machine *machine_find(uint16_t elf_machine, bool is_64);

/* The name of an e_machine number, "unknown machine" when it is not a well-known one. */
const char *machine_name(uint16_t elf_machine);
