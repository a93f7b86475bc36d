/* The table of addresses and the call stubs; see the header. */
#include "loader/image/linkage.h"

#include "lib/assert.h"
#include "lib/checked.h"
#include "lib/string.h"

#define FILLER 0xcc /* int3: what is no stub does not run */

uint64_t linkage_map_size(uint32_t symbol_count)
{
    return 2 * sizeof(uint32_t) * (uint64_t)symbol_count;
}

void linkage_init(struct linkage *linkage, const struct machine *machine, uint32_t symbol_count,
                  void *map)
{
    *linkage = (struct linkage){
        .machine = machine,
        .slots = map,
        .stubs = (uint32_t *)map + symbol_count,
        .symbol_count = symbol_count,
    };
    memset(map, 0, (size_t)linkage_map_size(symbol_count));
}

void linkage_want_slot(struct linkage *linkage, uint32_t symbol)
{
    ASSERT(symbol < linkage->symbol_count);
    if (linkage->slots[symbol] == 0)
        linkage->slots[symbol] = ++linkage->layout.slot_count;
}

void linkage_want_stub(struct linkage *linkage, uint32_t symbol)
{
    ASSERT(symbol < linkage->symbol_count);
    if (linkage->stubs[symbol] == 0)
        linkage->stubs[symbol] = ++linkage->layout.stub_count;
}

static uint32_t slot_size(const struct linkage *linkage)
{
    return linkage->machine->is_64 ? sizeof(uint64_t) : sizeof(uint32_t);
}

/* No more slots than twice IMAGE_SYMBOLS_MAX, 2^24, so no size comes near 2^32. */
uint64_t linkage_size(struct linkage *linkage, uint32_t page_size)
{
    struct linkage_layout *layout = &linkage->layout;
    uint32_t slots = layout->stub_count + layout->slot_count;
    layout->table_bytes = ALIGN_UP(slots * slot_size(linkage), page_size);
    layout->stubs_bytes = ALIGN_UP(layout->stub_count * CALL_STUB_SIZE, page_size);
    return (uint64_t)layout->table_bytes + layout->stubs_bytes;
}

static void set_slot(const struct linkage *linkage, uint32_t slot, uint64_t value)
{
    uint8_t *place = linkage->bytes + (size_t)slot * slot_size(linkage);
    if (linkage->machine->is_64)
        store_u64(place, value);
    else
        store_u32(place, (uint32_t)value);
}

static uint64_t slot_address(const struct linkage *linkage, uint32_t slot)
{
    return linkage->address + (uint64_t)slot * slot_size(linkage);
}

/* Stub `number`, from 0, jumps through the slot of that number. */
static void write_stub(const struct linkage *linkage, uint32_t number)
{
    const struct stub_shape *shape = &linkage->machine->stub;
    uint32_t offset = linkage->layout.table_bytes + number * CALL_STUB_SIZE;
    uint64_t slot = slot_address(linkage, number);
    if (shape->is_slot_relative)
        slot -= linkage->address + offset + shape->slot_offset + sizeof(uint32_t);
    memcpy(linkage->bytes + offset, shape->code, CALL_STUB_SIZE);
    store_u32(linkage->bytes + offset + shape->slot_offset, (uint32_t)slot);
}

void linkage_fill(struct linkage *linkage, const struct symbols *symbols, uint8_t *bytes,
                  uint64_t address)
{
    const struct linkage_layout *layout = &linkage->layout;
    linkage->bytes = bytes;
    linkage->address = address;
    memset(bytes, 0, layout->table_bytes);
    memset(bytes + layout->table_bytes, FILLER, layout->stubs_bytes);
    for (uint32_t i = 0; i < linkage->symbol_count; i++) {
        uint64_t value = symbols_address(symbols, i);
        if (linkage->stubs[i] != 0)
            set_slot(linkage, linkage->stubs[i] - 1, value);
        if (linkage->slots[i] != 0)
            set_slot(linkage, layout->stub_count + linkage->slots[i] - 1, value);
    }
    for (uint32_t i = 0; i < layout->stub_count; i++)
        write_stub(linkage, i);
}

uint64_t linkage_slot(const struct linkage *linkage, uint32_t symbol)
{
    ASSERT(symbol < linkage->symbol_count);
    uint32_t number = linkage->slots[symbol];
    return number == 0 ? 0 : slot_address(linkage, linkage->layout.stub_count + number - 1);
}

uint64_t linkage_stub(const struct linkage *linkage, uint32_t symbol)
{
    ASSERT(symbol < linkage->symbol_count);
    uint32_t number = linkage->stubs[symbol];
    return number == 0 ? 0 : linkage_stub_address(linkage, number - 1);
}

uint64_t linkage_stub_address(const struct linkage *linkage, uint32_t number)
{
    ASSERT(number < linkage->layout.stub_count);
    return linkage->address + linkage->layout.table_bytes + (uint64_t)number * CALL_STUB_SIZE;
}

uint64_t linkage_target(const struct linkage *linkage, uint32_t number)
{
    ASSERT(number < linkage->layout.stub_count);
    const uint8_t *slot = linkage->bytes + (size_t)number * slot_size(linkage);
    return linkage->machine->is_64 ? load_u64(slot) : load_u32(slot);
}

void linkage_set_target(const struct linkage *linkage, uint32_t number, uint64_t target)
{
    ASSERT(number < linkage->layout.stub_count);
    set_slot(linkage, number, target);
}
