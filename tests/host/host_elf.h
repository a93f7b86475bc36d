/*
 * Writes ELF relocatable objects for tests, sound ones, and then puts any value into any field of
 * them. Sections 1 to 3 are .symtab, .strtab and .shstrtab; the caller's follow.
 */
#pragma once

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#define ELF_SECTIONS_MAX 24 /* for arrays by section of objects that are not large */
#define ELF_SYMBOLS      1  /* section numbers that are always there */
#define ELF_STRINGS      2
#define ELF_NAMES        3
#define ELF_FIRST        4

struct elf_bytes {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

struct elf_section {
    Elf64_Shdr header; /* sh_name, sh_offset and sh_size are written by elf_close */
    struct elf_bytes contents;
};

struct elf_builder {
    bool is_64;
    unsigned section_count;
    unsigned section_capacity;
    struct elf_section *sections;
    unsigned symbol_count;
    struct elf_bytes
        wide_sections;     /* by symbol: the section of one that elf_add_wide_symbol made */
    unsigned wide_section; /* the section that will hold them; 0 for none */
    size_t section_table;  /* where the section headers are, once it is closed */
    struct elf_bytes file; /* the object, once it is closed */
};

/* Returns the offset at which the bytes stand. */
size_t elf_append(struct elf_bytes *to, const void *bytes, size_t size);
void elf_open(struct elf_builder *elf, bool is_64);
/* Returns the section's number. NOBITS: `bytes` is NULL. */
unsigned elf_add_section(struct elf_builder *elf, const char *name, uint32_t type, uint64_t flags,
                         const void *bytes, size_t size);
/* Local symbols first. `info` is ELF64_ST_INFO(binding, type). Returns the symbol's number. */
unsigned elf_add_symbol(struct elf_builder *elf, const char *name, uint16_t section, uint64_t value,
                        uint8_t info);
/* A symbol whose section's number stands in a table beside the symbol table. */
unsigned elf_add_wide_symbol(struct elf_builder *elf, const char *name, uint32_t section,
                             uint64_t value, uint8_t info);
/* The section with that table. Returns its number. */
unsigned elf_add_wide_sections(struct elf_builder *elf);
/* A relocation section for `target`, and entries of it. */
unsigned elf_add_relocations(struct elf_builder *elf, unsigned target, bool has_addend);
void elf_add_relocation(struct elf_builder *elf, unsigned section, uint64_t offset, uint32_t type,
                        uint32_t symbol, int64_t addend);
/* Writes the file, with extended numbers where they are needed; fields can be changed afterwards. */
struct span elf_close(struct elf_builder *elf);
/* Moves the numbers of a closed object to section header 0, as it is done when they are large. */
void elf_widen(struct elf_builder *elf);
void elf_destroy(struct elf_builder *elf);
/* The closed file, as it is now. */
struct span elf_file(const struct elf_builder *elf);

/*
 * The closed file with zeroes behind it, as large as `size`: pages that nobody touches cost nothing. The
 * caller unmaps it.
 */
uint8_t *elf_map(const struct elf_builder *elf, size_t size);

void elf_store(struct elf_builder *elf, size_t offset, size_t width, uint64_t value);
size_t elf_section_offset(const struct elf_builder *elf, unsigned section);

#define ELF_SET(elf, base, kind, index, field, value)                                              \
    ((elf)->is_64                                                                                  \
         ? elf_store(elf, (base) + (index) * sizeof(Elf64_##kind) + offsetof(Elf64_##kind, field), \
                     sizeof(((Elf64_##kind *)0)->field), (uint64_t)(value))                        \
         : elf_store(elf, (base) + (index) * sizeof(Elf32_##kind) + offsetof(Elf32_##kind, field), \
                     sizeof(((Elf32_##kind *)0)->field), (uint64_t)(value)))
#define ELF_SET_HEADER(elf, field, value) ELF_SET(elf, 0, Ehdr, 0, field, value)
#define ELF_SET_SECTION(elf, index, field, value)                                                  \
    ELF_SET(elf, (elf)->section_table, Shdr, index, field, value)
#define ELF_SET_SYMBOL(elf, index, field, value)                                                   \
    ELF_SET(elf, elf_section_offset(elf, ELF_SYMBOLS), Sym, index, field, value)
