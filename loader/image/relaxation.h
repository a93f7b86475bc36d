/*
 * Relaxation: an instruction that reads an address from a slot of the table, or calls or jumps through
 * it, becomes one that has the address itself, where the address fits it.
 *
 *   mov   sym@GOT, %reg      mov $sym, %reg; else lea sym, %reg
 *   test  %reg, sym@GOT      test $sym, %reg
 *   binop sym@GOT, %reg      binop $sym, %reg        adc add and cmp or sbb sub xor
 *   call  *sym@GOT           addr32 call sym
 *   jmp   *sym@GOT           jmp sym; nop
 *
 * Of two ways the one that GNU ld 2.40 takes in a static link comes first. Pure.
 * Sources: psABI for AMD64, B.2; psABI for Intel386, A.2; the encodings, Intel's manual, volume 2.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "loader/machine/machine.h"

/* The bytes before a place that an instruction may have, and its four. */
#define RELAXATION_BEFORE 3u
#define RELAXATION_SIZE   (RELAXATION_BEFORE + 4u)

/* Bytes before a place without which it is no place of that kind. */
uint32_t relaxation_bytes_before(enum relocation_relaxation relaxation);

struct relaxation {
    enum relocation_relaxation kind;
    int64_t addend;  /* of the relocation */
    uint64_t symbol; /* its address */
    uint64_t place;  /* the place's own address */
};

/*
 * Rewrites the instruction in `bytes`, whose place stands at RELAXATION_BEFORE. False, and nothing is
 * changed, when it is none that can be, or the address does not fit what it would become.
 */
MUST_CHECK bool relax(const struct relaxation *relaxation, uint8_t bytes[RELAXATION_SIZE]);
