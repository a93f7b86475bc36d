/* The machines that the loader knows, and the names of some that it does not. */
#include "loader/machine/machine.h"

#include <elf.h>
#include <stddef.h>

static const struct machine *const machines[] = {&machine_x86_64, &machine_i386};

const struct machine *machine_find(uint16_t elf_machine, bool is_64)
{
    for (size_t i = 0; i < ARRAY_COUNT(machines); i++) {
        if (machines[i]->elf_machine == elf_machine && machines[i]->is_64 == is_64)
            return machines[i];
    }
    return NULL;
}

const char *machine_name(uint16_t elf_machine)
{
    static const struct {
        uint16_t number;
        const char *name;
    } names[] = {
        {EM_386, "i386"},        {EM_X86_64, "x86_64"},   {EM_ARM, "arm"},
        {EM_AARCH64, "aarch64"}, {EM_RISCV, "riscv"},     {EM_PPC, "powerpc"},
        {EM_PPC64, "powerpc64"}, {EM_MIPS, "mips"},       {EM_S390, "s390"},
        {EM_SPARC, "sparc"},     {EM_SPARCV9, "sparc64"}, {EM_68K, "m68k"},
        {EM_IA_64, "ia64"},      {EM_BPF, "bpf"},         {EM_LOONGARCH, "loongarch"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (names[i].number == elf_machine)
            return names[i].name;
    }
    return "unknown machine";
}
