/*
 * One relocation, with care; see the header.
 *
 * Values are computed modulo 2^64. On a 32-bit machine only the low 32 bits mean something; before a value
 * is compared with a narrower place it is sign-extended from there.
 */
#include "loader/image/relocation_entry.h"

#include <elf.h>

#include "lib/string.h"
#include "loader/image/relaxation.h"

#define CALL_ADDEND_64 (-4) /* of a call: from the place, which ends the instruction, to its end */

/* An entry whose type, place and symbol have been found good. */
struct binding {
    const struct relocation_target *target;
    const struct relocation_type *type;
    uint64_t offset;
    uint32_t symbol;
    uint8_t *bytes;   /* the place */
    uint64_t place;   /* P */
    uint64_t address; /* S */
    int64_t addend;   /* A */
};

struct relocation_target relocation_target(const struct relocating *work,
                                           const struct relocations *relocations)
{
    uint32_t offset = work->placement->offsets[relocations->target_section];
    struct image_section section = image_section(work->image, relocations->target_section);
    return (struct relocation_target){
        .work = work,
        .bytes = work->block + offset,
        .address = work->base + offset,
        .size = section.size,
        .is_code = (section.flags & SHF_EXECINSTR) != 0,
        .has_addend = relocations->has_addend,
    };
}

/* The addend that stands at the place: signed, as wide as the place. */
static int64_t implicit_addend(const uint8_t *place, unsigned width_bytes)
{
    uint64_t value = 0;
    unsigned unused_bits = 64 - 8 * width_bytes;
    for (unsigned i = 0; i < width_bytes; i++)
        value |= (uint64_t)place[i] << 8 * i;
    return (int64_t)(value << unused_bits) >> unused_bits;
}

static void store(uint8_t *place, unsigned width_bytes, uint64_t value)
{
    for (unsigned i = 0; i < width_bytes; i++)
        place[i] = (uint8_t)(value >> 8 * i);
}

static bool is_64(const struct binding *binding)
{
    return binding->target->work->image->machine->is_64;
}

/* What may wrap is as wide as an address, and fits as a signed number. */
static bool value_fits(const struct binding *binding, uint64_t value)
{
    unsigned bits = 8u * binding->type->width_bytes;
    unsigned range = binding->type->range;
    int64_t extended = is_64(binding) ? (int64_t)value : (int32_t)value;
    int64_t above_sign = extended >> (bits - 1);
    bool fits_signed = above_sign == 0 || above_sign == -1;
    bool fits_unsigned = bits == 64 || extended >> bits == 0;
    return (fits_signed && range != RANGE_UNSIGNED) || (fits_unsigned && range != RANGE_SIGNED);
}

static enum status find_symbol(const struct relocating *work, uint32_t index)
{
    if (index >= work->symbols->count)
        return STATUS_RELOCATION_SYMBOL;
    struct image_symbol symbol = image_symbol(work->image, index);
    if (symbols_address(work->symbols, index) != 0)
        return STATUS_OK; /* in a group that was discarded: it has the kept one's address */
    return placement_lacks(work->placement, &symbol) ? STATUS_RELOCATION_UNLOADED : STATUS_OK;
}

/* Fills *binding; its type may be one for which there is nothing to do, and then nothing is checked. */
static enum status bind(const struct relocation_target *target, const struct relocation *entry,
                        struct binding *binding)
{
    static const struct relocation_type unknown;
    const struct relocating *work = target->work;
    const struct machine *machine = work->image->machine;
    const struct relocation_type *type =
        entry->type < machine->type_count ? &machine->types[entry->type] : &unknown;
    *binding = (struct binding){.target = target, .type = type};
    if (type->formula == FORMULA_UNKNOWN)
        return STATUS_RELOCATION_TYPE;
    if (type->formula == FORMULA_THREAD)
        return STATUS_RELOCATION_TLS;
    if (type->formula == FORMULA_NONE)
        return STATUS_OK;
    if (!range_fits(entry->offset, type->width_bytes, target->size))
        return STATUS_RELOCATION_PLACE;
    enum status status = find_symbol(work, entry->symbol);
    if (status != STATUS_OK)
        return status;
    binding->offset = entry->offset;
    binding->symbol = entry->symbol;
    binding->bytes = target->bytes + entry->offset;
    binding->place = target->address + entry->offset;
    binding->address = symbols_address(work->symbols, entry->symbol);
    binding->addend =
        target->has_addend ? entry->addend : implicit_addend(binding->bytes, type->width_bytes);
    return STATUS_OK;
}

static bool has_slot_formula(const struct binding *binding)
{
    unsigned formula = binding->type->formula;
    return formula == FORMULA_SLOT || formula == FORMULA_SLOT_DIRECT ||
           formula == FORMULA_SLOT_RELATIVE;
}

/* Rewrites the instruction that the place is part of; with `is_trial` only tells whether it would. */
static bool try_relax(const struct binding *binding, bool is_trial)
{
    uint8_t bytes[RELAXATION_SIZE] = {0};
    struct relaxation relaxation = {
        .kind = (enum relocation_relaxation)binding->type->relaxation,
        .addend = binding->addend,
        .symbol = binding->address,
        .place = binding->place,
    };
    if (relaxation.kind == RELAXATION_NONE || !binding->target->is_code)
        return false;
    uint32_t before = relaxation_bytes_before(relaxation.kind);
    if (binding->offset < before)
        return false;
    size_t size = before + RELAXATION_SIZE - RELAXATION_BEFORE;
    memcpy(bytes + RELAXATION_BEFORE - before, binding->bytes - before, size);
    if (!relax(&relaxation, bytes))
        return false;
    if (!is_trial)
        memcpy(binding->bytes - before, bytes + RELAXATION_BEFORE - before, size);
    return true;
}

/* A call that cannot reach its target, and may go to a stub instead. */
static bool is_far_call(const struct binding *binding)
{
    return binding->type->formula == FORMULA_CALL && binding->addend == CALL_ADDEND_64 &&
           !value_fits(binding, binding->address + (uint64_t)binding->addend - binding->place);
}

enum relocation_need relocation_entry_need(const struct relocation_target *target,
                                           const struct relocation *entry)
{
    struct binding binding;
    if (bind(target, entry, &binding) != STATUS_OK)
        return NEEDS_NOTHING;
    if (has_slot_formula(&binding))
        return try_relax(&binding, true) ? NEEDS_NOTHING : NEEDS_SLOT;
    return is_far_call(&binding) ? NEEDS_STUB : NEEDS_NOTHING;
}

/* True in an instruction that addresses its operand by the place alone; i386 code only. */
static bool lacks_base_register(const struct binding *binding)
{
    const uint8_t modrm_mask = 0xc7;
    const uint8_t modrm_disp32 = 0x05;
    return binding->target->is_code && binding->offset != 0 &&
           (binding->bytes[-1] & modrm_mask) == modrm_disp32;
}

/* From where a slot's address counts. */
static uint64_t slot_origin(const struct binding *binding)
{
    if (binding->type->formula == FORMULA_SLOT_RELATIVE)
        return binding->place;
    bool is_direct = binding->type->formula == FORMULA_SLOT_DIRECT && lacks_base_register(binding);
    return is_direct ? 0 : binding->target->work->base;
}

/* The size of a symbol that came from elsewhere is not known; that of one that nobody has is 0. */
static enum status symbol_size(const struct binding *binding, uint64_t *size)
{
    struct image_symbol symbol = image_symbol(binding->target->work->image, binding->symbol);
    bool is_import = binding->symbol != 0 && image_symbol_is_import(&symbol);
    *size = is_import ? 0 : symbol.size;
    bool is_nothing = symbol.binding == STB_WEAK && binding->address == 0;
    return is_import && !is_nothing ? STATUS_RELOCATION_SIZE : STATUS_OK;
}

/* The value by the type's formula; an entry that needs the linkage has it. */
static enum status compute(const struct binding *binding, uint64_t *value)
{
    const struct relocating *work = binding->target->work;
    uint64_t sum = binding->address + (uint64_t)binding->addend;
    switch (binding->type->formula) {
    case FORMULA_ABSOLUTE:
        *value = sum;
        return STATUS_OK;
    case FORMULA_RELATIVE:
    case FORMULA_CALL:
        *value = sum - binding->place;
        return STATUS_OK;
    case FORMULA_FROM_TABLE:
        *value = sum - work->base;
        return STATUS_OK;
    case FORMULA_TABLE:
        *value = work->base + (uint64_t)binding->addend - binding->place;
        return STATUS_OK;
    case FORMULA_SIZE: {
        enum status status = symbol_size(binding, value);
        *value += (uint64_t)binding->addend;
        return status;
    }
    default: {
        uint64_t slot = linkage_slot(work->linkage, binding->symbol);
        *value = slot + (uint64_t)binding->addend - slot_origin(binding);
        return slot != 0 ? STATUS_OK : STATUS_RELOCATION_OVERLAP;
    }
    }
}

/* A far call goes to the symbol's stub; without one it stays one that does not fit. */
static uint64_t stub_value(const struct binding *binding, uint64_t value)
{
    uint64_t stub = linkage_stub(binding->target->work->linkage, binding->symbol);
    return stub != 0 ? stub + (uint64_t)binding->addend - binding->place : value;
}

struct relocation_result relocation_entry_apply(const struct relocation_target *target,
                                                const struct relocation *entry)
{
    struct relocation_result result = {.status = STATUS_OK};
    struct binding binding;
    result.status = bind(target, entry, &binding);
    if (result.status != STATUS_OK)
        return result;
    ASSERT(binding.type->formula != FORMULA_NONE);
    if (try_relax(&binding, false))
        return result;
    result.wants_linkage =
        target->work->linkage == NULL && (has_slot_formula(&binding) || is_far_call(&binding));
    if (result.wants_linkage)
        return result;
    result.status = compute(&binding, &result.value);
    if (result.status != STATUS_OK)
        return result;
    if (is_far_call(&binding))
        result.value = stub_value(&binding, result.value);
    if (!value_fits(&binding, result.value))
        result.status = STATUS_RELOCATION_OVERFLOW;
    else
        store(binding.bytes, binding.type->width_bytes, result.value);
    return result;
}
