/*
 * The symbols of an image with their final addresses: a copy of its symbol table in which every value
 * has become an address. The relocator reads it, and it stays with a living extension for backtraces.
 * Pure: the caller provides the memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/image/image.h"
#include "loader/image/placement.h"

struct symbols {
    uint8_t *entries; /* in the file's own format */
    const char *names;
    uint32_t count; /* with the null symbol 0 */
    bool is_64;
};

/* Bytes that symbols_copy needs: the table, then its strings. */
uint64_t symbols_size(const struct image *image);

/* Copies symbol table and strings into `memory` of symbols_size bytes, aligned to 8. */
void symbols_copy(const struct image *image, void *memory, struct symbols *symbols);

/*
 * Gives every symbol that is defined here the address that it has when the block of `placement` is at
 * `base`, as placement_symbol_address says; others get 0. `image` is the one they were copied from.
 */
void symbols_place(struct symbols *symbols, const struct image *image,
                   const struct placement *placement, uint64_t base);

/*
 * The address of symbol `index`, and setting it. Entries are read as the structures that they are: the
 * memory is ours, aligned to 8, and was checked as part of the image.
 */
static inline uint64_t symbols_address(const struct symbols *symbols, uint32_t index)
{
    return symbols->is_64 ? ((const Elf64_Sym *)symbols->entries)[index].st_value
                          : ((const Elf32_Sym *)symbols->entries)[index].st_value;
}

static inline void symbols_set_address(struct symbols *symbols, uint32_t index, uint64_t address)
{
    if (symbols->is_64)
        ((Elf64_Sym *)symbols->entries)[index].st_value = address;
    else
        ((Elf32_Sym *)symbols->entries)[index].st_value = (Elf32_Addr)address;
}

/* The size of symbol `index`, and setting it. */
static inline uint64_t symbols_size_of(const struct symbols *symbols, uint32_t index)
{
    return symbols->is_64 ? ((const Elf64_Sym *)symbols->entries)[index].st_size
                          : ((const Elf32_Sym *)symbols->entries)[index].st_size;
}

static inline void symbols_set_size(struct symbols *symbols, uint32_t index, uint64_t size)
{
    if (symbols->is_64)
        ((Elf64_Sym *)symbols->entries)[index].st_size = size;
    else
        ((Elf32_Sym *)symbols->entries)[index].st_size = (Elf32_Word)size;
}

/*
 * The symbol nearest at or below `address` among those that name a place in memory: of those at the same
 * place the first function, or else the first label. 0 when there is none.
 */
uint32_t symbols_find(const struct symbols *symbols, uint64_t address);
/* True for a symbol that comes from elsewhere, found there or missing. */
bool symbols_is_import(const struct symbols *symbols, uint32_t index);
/* Notes whether nobody defines import `index`, and tells it. */
void symbols_set_missing(struct symbols *symbols, uint32_t index, bool is_missing);
bool symbols_is_missing(const struct symbols *symbols, uint32_t index);
static inline const char *symbols_name(const struct symbols *symbols, uint32_t index)
{
    return symbols->names + (symbols->is_64 ? ((const Elf64_Sym *)symbols->entries)[index].st_name
                                            : ((const Elf32_Sym *)symbols->entries)[index].st_name);
}
