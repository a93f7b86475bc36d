/*
 * A small object that uses every part of the format, made for either class, for tests that then spoil
 * one thing in it; and a run of an object through the whole pure half of the loader.
 */
#pragma once

#include "loader/diagnosis.h"
#include "loader/link/resolve.h"
#include "tests/host/host_elf.h"

/* Sections, in the order of the file. */
enum {
    SAMPLE_TEXT = ELF_FIRST, /* 32 bytes; "entry" at 0, "helper" (local) at 16 */
    SAMPLE_CONSTANTS,        /* 8 bytes, .rodata */
    SAMPLE_DATA,             /* 24 bytes; "table" at 8 */
    SAMPLE_ZEROES,           /* 100 bytes, .bss */
    SAMPLE_NOTE,             /* not loaded */
    SAMPLE_INFO,
    SAMPLE_FILES,
    SAMPLE_EXPORTS, /* entry, table */
    SAMPLE_IMPORTS, /* printk, maybe */
    SAMPLE_TEXT_RELOCATIONS,
    SAMPLE_DATA_RELOCATIONS,
};

enum {
    SAMPLE_HELPER = 1, /* symbols */
    SAMPLE_ENTRY,
    SAMPLE_TABLE,
    SAMPLE_VERSION, /* absolute, 0x12345678 */
    SAMPLE_PRINTK,  /* undefined */
    SAMPLE_MAYBE,   /* undefined, weak */
};

/* Builds it up to, but not including, elf_close. */
void sample_open(struct elf_builder *elf, bool is_64);

/* What an object is linked into. */
struct sample_world {
    struct import_scope scope;
    uint64_t base;      /* of the block */
    uint32_t block_max; /* larger blocks are planned only, neither filled nor relocated */
};

/*
 * Checks, places, resolves and relocates `file`, copied into memory of exactly its size, and reads
 * everything that accessors can say. The status of what failed, UNRESOLVED when names are open.
 */
enum status sample_run_in(struct span file, const struct sample_world *world,
                          struct diagnosis *diagnosis);

/* The same at `base`, where nobody exports anything. */
enum status sample_run(struct span file, uint64_t base, struct diagnosis *diagnosis);
