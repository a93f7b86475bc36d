/*
 * The floor under what loading costs: an extension whose _load applies relocations by a bare loop, or
 * copies bytes, so and so often, with no check at all. kbench measures it as any other; the
 * difference of two that differ in LOOPS or COPIES is the loop or the copy alone.
 *
 * -DRELOCATIONS, -DCOPIED_BYTES, -DLOOPS and -DCOPIES say how much of it.
 */
#include <elf.h>
#include <mortise/module.h>

#define SYMBOLS 1000

static Elf64_Rela relocations[RELOCATIONS];
static Elf64_Sym symbols[SYMBOLS];
static unsigned char image[8 * RELOCATIONS];
static unsigned char copied[2][COPIED_BYTES];

/* The mix of types that the workloads have. */
static void prepare(void)
{
    static const unsigned char types[] = {R_X86_64_64,    R_X86_64_PLT32, R_X86_64_PC32,
                                          R_X86_64_PLT32, R_X86_64_64,    R_X86_64_PLT32,
                                          R_X86_64_PC32,  R_X86_64_PLT32, R_X86_64_32S};
    for (unsigned i = 0; i < RELOCATIONS; i++)
        relocations[i] =
            (Elf64_Rela){8ul * i, ELF64_R_INFO(i % SYMBOLS, types[i % sizeof(types)]), -4};
    for (unsigned i = 0; i < SYMBOLS; i++)
        symbols[i].st_value = (Elf64_Addr)&image[8 * (i % RELOCATIONS)];
}

static void apply(void)
{
    for (const Elf64_Rela *r = relocations; r < relocations + RELOCATIONS; r++) {
        unsigned char *place = image + r->r_offset;
        Elf64_Addr value = symbols[ELF64_R_SYM(r->r_info)].st_value + (Elf64_Addr)r->r_addend;
        switch (ELF64_R_TYPE(r->r_info)) {
        case R_X86_64_64:
            *(Elf64_Xword *)place = value;
            break;
        case R_X86_64_PC32:
        case R_X86_64_PLT32:
            *(Elf64_Word *)place = (Elf64_Word)(value - (Elf64_Addr)place);
            break;
        case R_X86_64_32S:
            *(Elf64_Word *)place = (Elf64_Word)value;
            break;
        }
    }
}

static void copy(void)
{
    void *to = copied[0];
    const void *from = copied[1];
    unsigned long words = COPIED_BYTES / 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

int _load(void)
{
    prepare();
    for (int i = 0; i < LOOPS; i++) {
        apply();
        __asm__ volatile("" : : : "memory");
    }
    for (int i = 0; i < COPIES; i++)
        copy();
    return 0;
}
