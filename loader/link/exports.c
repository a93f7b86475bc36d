/* Exports and entry points; see the header. */
#include "loader/link/exports.h"

#include <elf.h>

/*
 * Without .mod.exports every global symbol in memory is exported, but for entry points and for those that ELF
 * keeps inside their component (gABI, "Symbol Visibility").
 */
static bool is_plain_export(const struct image *image, uint32_t index,
                            const struct image_symbol *symbol)
{
    if (!image_symbol_is_export(symbol) || export_is_entry_point(symbol->name) ||
        symbol->name[0] == '\0' || image_has_bit(image->shadowed, index) ||
        symbol->visibility == STV_HIDDEN || symbol->visibility == STV_INTERNAL)
        return false;
    if (!image_symbol_has_section(symbol)) /* absolute or COMMON */
        return true;
    struct image_section section = image_section(image, symbol->section);
    return image_section_is_loaded(&section);
}

/* The next symbol that is exported; 0 when there is none. */
static uint32_t next_symbol(struct export_walk *walk, struct image_symbol *symbol)
{
    uint32_t first = walk->image->first_global;
    for (uint32_t i = walk->next > first ? walk->next : first; i < walk->image->symbol_count; i++) {
        *symbol = image_symbol(walk->image, i);
        walk->next = i + 1;
        if (is_plain_export(walk->image, i, symbol))
            return i;
    }
    return 0;
}

bool exports_next_plain(struct export_walk *walk, struct export_item *item)
{
    struct image_symbol symbol;
    uint32_t index = next_symbol(walk, &symbol);
    if (index == 0)
        return false;
    *item =
        (struct export_item){index, image_hash_name(walk->image, symbol.name), MOD_CLASS_SERVICE};
    return true;
}

uint32_t exports_count(const struct image *image)
{
    struct export_walk walk = {.image = image};
    struct image_symbol symbol;
    uint32_t count = 0;
    if (image->exports.bytes != NULL)
        return image_export_count(image);
    while (next_symbol(&walk, &symbol) != 0)
        count++;
    return count;
}

/* An entry point must be code of this object, and there must be only one of it. */
static enum status adopt(const struct image *image, uint32_t index,
                         const struct image_symbol *symbol, uint32_t *entry,
                         struct diagnosis *diagnosis)
{
    if (*entry != 0)
        return diagnose(diagnosis, STATUS_SYMBOL_DUPLICATE, "%.128s", symbol->name);
    if (!image_symbol_is_code(image, symbol))
        return diagnose(diagnosis, STATUS_ENTRY_POINT, "%.128s in section %u", symbol->name,
                        symbol->section);
    *entry = index;
    return STATUS_OK;
}

/* `recorded` is the name that modld recorded, or NULL. */
static enum status adopt_symbol(const struct image *image, uint32_t index, const char *recorded,
                                struct entry_points *points, struct diagnosis *diagnosis)
{
    struct image_symbol symbol = image_symbol(image, index);
    enum status status = STATUS_OK;
    if (!image_symbol_is_export(&symbol))
        return STATUS_OK;
    if (export_is_entry_point(symbol.name))
        status =
            adopt(image, index, &symbol,
                  strcmp(symbol.name, "_load") == 0 ? &points->load : &points->unload, diagnosis);
    if (status == STATUS_OK && recorded != NULL && strcmp(symbol.name, recorded) == 0)
        status = adopt(image, index, &symbol, &points->configuration, diagnosis);
    return status;
}

/* Among the symbols whose names begin with `letter`. */
static enum status adopt_named(const struct image *image, char letter, const char *recorded,
                               struct entry_points *points, struct diagnosis *diagnosis)
{
    enum status status = STATUS_OK;
    for (uint32_t i = image_next_named(image, 0, letter);
         i < image->symbol_count && status == STATUS_OK; i = image_next_named(image, i + 1, letter))
        status = adopt_symbol(image, i, recorded, points, diagnosis);
    return status;
}

enum status entry_points_find(const struct image *image, struct entry_points *points,
                              struct diagnosis *diagnosis)
{
    const char *recorded = image_link(image, MOD_LINK_ENTRY);
    *points = (struct entry_points){0};
    enum status status = adopt_named(image, '_', recorded, points, diagnosis);
    if (status == STATUS_OK && recorded != NULL && recorded[0] != '_')
        status = adopt_named(image, recorded[0], recorded, points, diagnosis);
    if (status == STATUS_OK && recorded != NULL && points->configuration == 0)
        status = diagnose(diagnosis, STATUS_ENTRY_POINT, "%.128s is not defined", recorded);
    return status;
}
