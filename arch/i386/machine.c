/* What kind of machine this is. */
#include "arch/machine.h"

/* Defined above, in loader/machine/: a constant that is only handed on. */
extern const struct machine machine_i386;

const struct machine *arch_loader_machine(void)
{
    return &machine_i386;
}

const char *arch_name(void)
{
    return "i386";
}
