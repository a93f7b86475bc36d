/* The registers of an interrupted place in the kernel, as entry.S pushes them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct trap_frame {
    uint32_t edi, esi, ebp;
    uint32_t esp; /* put in by entry.S: the CPU pushes none, since the kernel stays on its stack */
    uint32_t ebx, edx, ecx, eax;
    uint32_t vector;
    uint32_t error; /* 0 where the CPU gives none */
    uint32_t eip, cs, eflags;
};

_Static_assert(offsetof(struct trap_frame, esp) == 3 * 4, "the order of PUSHA");
_Static_assert(offsetof(struct trap_frame, vector) == 8 * 4, "PUSHA pushes 8 before the vector");
_Static_assert(sizeof(struct trap_frame) == 13 * 4,
               "entry.S takes what is above for the old stack");
