/* x86_64 relocations: System V psABI for AMD64, table 4.9. */
#include <elf.h>

#include "loader/machine/machine.h"

static const struct relocation_type types[] = {
    [R_X86_64_NONE] = RELOCATION_TYPE("R_X86_64_NONE", FORMULA_NONE, 0, RANGE_WRAPS),
    [R_X86_64_64] = RELOCATION_TYPE("R_X86_64_64", FORMULA_ABSOLUTE, 8, RANGE_WRAPS),
    [R_X86_64_PC32] = RELOCATION_TYPE("R_X86_64_PC32", FORMULA_RELATIVE, 4, RANGE_SIGNED),
    /* With all code within reach of the kernel, a call needs no table: the same as PC32. */
    [R_X86_64_PLT32] = RELOCATION_TYPE("R_X86_64_PLT32", FORMULA_RELATIVE, 4, RANGE_SIGNED),
    [R_X86_64_32] = RELOCATION_TYPE("R_X86_64_32", FORMULA_ABSOLUTE, 4, RANGE_UNSIGNED),
    [R_X86_64_32S] = RELOCATION_TYPE("R_X86_64_32S", FORMULA_ABSOLUTE, 4, RANGE_SIGNED),
    [R_X86_64_PC64] = RELOCATION_TYPE("R_X86_64_PC64", FORMULA_RELATIVE, 8, RANGE_WRAPS),
    /* Known by name only, so that a refusal can say what it met. */
    [R_X86_64_GOT32] = {.name = "R_X86_64_GOT32"},
    [R_X86_64_GOTPCREL] = {.name = "R_X86_64_GOTPCREL"},
    [R_X86_64_16] = {.name = "R_X86_64_16"},
    [R_X86_64_PC16] = {.name = "R_X86_64_PC16"},
    [R_X86_64_8] = {.name = "R_X86_64_8"},
    [R_X86_64_PC8] = {.name = "R_X86_64_PC8"},
    [R_X86_64_TLSGD] = {.name = "R_X86_64_TLSGD"},
    [R_X86_64_TLSLD] = {.name = "R_X86_64_TLSLD"},
    [R_X86_64_GOTTPOFF] = {.name = "R_X86_64_GOTTPOFF"},
    [R_X86_64_TPOFF32] = {.name = "R_X86_64_TPOFF32"},
    [R_X86_64_GOTOFF64] = {.name = "R_X86_64_GOTOFF64"},
    [R_X86_64_GOTPC32] = {.name = "R_X86_64_GOTPC32"},
    [R_X86_64_GOTPCRELX] = {.name = "R_X86_64_GOTPCRELX"},
    [R_X86_64_REX_GOTPCRELX] = {.name = "R_X86_64_REX_GOTPCRELX"},
};

const struct machine machine_x86_64 = {
    .name = "x86_64",
    .elf_machine = EM_X86_64,
    .is_64 = true,
    .type_count = ARRAY_COUNT(types),
    .types = types,
};
