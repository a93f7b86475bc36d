/* Vectors and their table; private to arch/. An assembler file reads it too. */
#pragma once

/* 32 exceptions of the CPU and 16 lines of the interrupt controller. */
#define VECTOR_COUNT 48

#define VECTOR_NMI           2
#define VECTOR_DOUBLE_FAULT  8
#define VECTOR_PAGE_FAULT    14
#define VECTOR_MACHINE_CHECK 18

#define VECTOR_STUB_BYTES 16

#ifndef __ASSEMBLER__

#include <stdint.h>

/* Where the vectors enter: arch/x86/stubs.S. */
extern const uint8_t interrupt_stubs[VECTOR_COUNT][VECTOR_STUB_BYTES];

/* Fills the vector table and loads it; body in arch/<machine>/. */
void vectors_init(void);

#endif
