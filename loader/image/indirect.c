/* Indirect functions; see the header. */
#include "loader/image/indirect.h"

#include <elf.h>

/*
 * One that another symbol of its name shadows never runs; in a discarded section, or defined elsewhere,
 * it has no address.
 */
static bool counts(const struct image *image, const struct symbols *symbols, uint32_t index)
{
    struct image_symbol symbol = image_symbol(image, index);
    return symbol.type == STT_GNU_IFUNC && symbols_address(symbols, index) != 0 &&
           !image_has_bit(image->shadowed, index);
}

void indirect_want(const struct image *image, const struct symbols *symbols,
                   struct linkage *linkage)
{
    for (uint32_t i = 1; i < image->symbol_count; i++) {
        if (counts(image, symbols, i))
            linkage_want_stub(linkage, i);
    }
}

void indirect_place(const struct linkage *linkage, struct symbols *symbols)
{
    for (uint32_t i = 1; i < symbols->count; i++) {
        uint64_t stub = linkage_stub(linkage, i);
        if (stub != 0)
            symbols_set_address(symbols, i, stub);
    }
}
