/* The registers of an interrupted place, as entry.S pushes them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector;
    uint64_t error; /* 0 where the CPU gives none */
    uint64_t rip, cs, rflags, rsp, ss;
};

_Static_assert(sizeof(struct trap_frame) == 22 * 8, "entry.S pushes 22 registers");
_Static_assert(offsetof(struct trap_frame, vector) == 15 * 8,
               "entry.S pushes 15 before the vector");
