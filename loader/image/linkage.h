/*
 * What a linker adds to an image: a table of addresses (the GOT) that code reads them from, and call
 * stubs for targets that a call cannot reach.
 *
 *   address                 table_pages                 address + size
 *   | stubs' own slots | symbols' slots | zeroes | stubs | int3 ... |
 *     read                                         read, execute
 *
 * It is made once in the middle of relocating, for an object that turns out to need it, in four steps:
 *
 *   1. linkage_init                 over a map that the caller provides: by symbol, what it needs
 *   2. linkage_want_slot, _stub     for each symbol; relocations_want (relocation.h) does it for all of
 *                                   an image's relocations
 *   3. linkage_size                 and that many bytes from the caller
 *   4. linkage_fill                 writes slots and stubs; symbols must have their final addresses
 *
 * Then addresses are asked for while relocations are applied, and the map may go.
 *
 * Indirect functions have a linkage of their own (indirect.h), made before names are bound: a stub's slot
 * keeps what linkage_fill found, the resolver's address, until linkage_set_target writes the target; the
 * caller makes the table read-only after that.
 *
 * `T`, the origin that offsets into the table count from (_GLOBAL_OFFSET_TABLE_), is not the table's
 * start but the start of the image's block: any fixed point serves, and that one is known from the
 * start, even when there is no table.
 *
 * Pure: the caller provides the memory. Sources: psABI for AMD64, 4.4 and 5.2; for Intel386, 4.4 and 5.2.
 */
#pragma once

#include <stdint.h>

#include "lib/compiler.h"
#include "loader/image/symbols.h"
#include "loader/machine/machine.h"

#define LINKAGE_ORIGIN "_GLOBAL_OFFSET_TABLE_"

struct linkage_layout {
    uint32_t slot_count; /* of symbols; a stub's slot is counted with the stub */
    uint32_t stub_count;
    uint32_t table_bytes; /* multiples of the page size; the stubs stand behind the table */
    uint32_t stubs_bytes;
};

struct linkage {
    const struct machine *machine;
    uint32_t *slots; /* by symbol: which of the symbols' slots it has, from 1; 0: none */
    uint32_t *stubs; /* by symbol: which stub, from 1 */
    uint32_t symbol_count;
    struct linkage_layout layout;
    uint8_t *bytes;   /* where it is written */
    uint64_t address; /* where it will be used */
};

/* Bytes that linkage_init needs for its map. */
uint64_t linkage_map_size(uint32_t symbol_count);
/* Begins a linkage that nobody needs anything of. `map`, aligned to 4, is borrowed. */
void linkage_init(struct linkage *linkage, const struct machine *machine, uint32_t symbol_count,
                  void *map);

/* Symbol `symbol`, below the count, is to have a slot; a stub. Once it has, nothing changes. */
void linkage_want_slot(struct linkage *linkage, uint32_t symbol);
void linkage_want_stub(struct linkage *linkage, uint32_t symbol);

/* Lays out what is wanted; the bytes that it takes, a multiple of `page_size`, or 0. */
uint64_t linkage_size(struct linkage *linkage, uint32_t page_size);

/* Writes all of it into `bytes`, which is to be used at `address`, a multiple of the page size. */
void linkage_fill(struct linkage *linkage, const struct symbols *symbols, uint8_t *bytes,
                  uint64_t address);

/* Where a symbol's slot and its stub are; 0 when it has none. */
uint64_t linkage_slot(const struct linkage *linkage, uint32_t symbol);
uint64_t linkage_stub(const struct linkage *linkage, uint32_t symbol);

/*
 * Where stub `number`, below layout.stub_count, stands, where it jumps to, and setting that. They need no
 * map any more: of *linkage only machine, layout, bytes and address.
 */
uint64_t linkage_stub_address(const struct linkage *linkage, uint32_t number);
uint64_t linkage_target(const struct linkage *linkage, uint32_t number);
void linkage_set_target(const struct linkage *linkage, uint32_t number, uint64_t target);
