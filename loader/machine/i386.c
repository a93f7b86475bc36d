/* i386 relocations: System V psABI for Intel386, section 4.4. All arithmetic is modulo 2^32. */
#include <elf.h>

#include "loader/machine/machine.h"

static const struct relocation_type types[] = {
    [R_386_NONE] = RELOCATION_TYPE("R_386_NONE", FORMULA_NONE, 0, RANGE_WRAPS),
    [R_386_32] = RELOCATION_TYPE("R_386_32", FORMULA_ABSOLUTE, 4, RANGE_WRAPS),
    [R_386_PC32] = RELOCATION_TYPE("R_386_PC32", FORMULA_RELATIVE, 4, RANGE_WRAPS),
    /* All code is reached directly, so a call through a table is the same as PC32. */
    [R_386_PLT32] = RELOCATION_TYPE("R_386_PLT32", FORMULA_RELATIVE, 4, RANGE_WRAPS),
    /* Known by name only, so that a refusal can say what it met. */
    [R_386_GOT32] = {.name = "R_386_GOT32"},
    [R_386_GOTOFF] = {.name = "R_386_GOTOFF"},
    [R_386_GOTPC] = {.name = "R_386_GOTPC"},
    [R_386_TLS_IE] = {.name = "R_386_TLS_IE"},
    [R_386_TLS_LE] = {.name = "R_386_TLS_LE"},
    [R_386_16] = {.name = "R_386_16"},
    [R_386_PC16] = {.name = "R_386_PC16"},
    [R_386_8] = {.name = "R_386_8"},
    [R_386_PC8] = {.name = "R_386_PC8"},
    [R_386_GOT32X] = {.name = "R_386_GOT32X"},
};

const struct machine machine_i386 = {
    .name = "i386",
    .elf_machine = EM_386,
    .is_64 = false,
    .type_count = ARRAY_COUNT(types),
    .types = types,
};
