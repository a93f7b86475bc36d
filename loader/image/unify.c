/* Unifying definitions; see the header. */
#include "loader/image/unify.h"

#include <elf.h>

#include "lib/hash.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "loader/image/check.h"

#define GROUP_WORD sizeof(uint32_t)

/* Among definitions of one name the lowest rank counts, and among equals the first. */
enum rank { RANK_DEFINED, RANK_COMMON, RANK_WEAK, RANK_DISCARDED };

/* The parts of the caller's memory. */
struct unify {
    struct image *image;
    uint8_t *discarded; /* a bit a section: not loaded */
    uint8_t *grouped;   /* a bit a section: some group has it */
    uint8_t *shadowed;  /* a bit a symbol: another one of its name counts */
    struct unify_item *items;
    const void **pointers; /* to them, for sorting */
    uint32_t count;
    uint64_t names_bytes; /* of the groups' signatures */
};

static size_t bits_size(uint32_t count)
{
    return ALIGN_UP((size_t)count / 8 + 1, sizeof(uint64_t));
}

static void bit_set(uint8_t *bits, uint32_t index)
{
    bits[index / 8] |= (uint8_t)(1u << index % 8);
}

/* Groups are sorted before symbols are, in the same memory. */
static uint32_t capacity(const struct image *image)
{
    uint32_t globals = image->symbol_count - image->first_global;
    return globals > image->group_count ? globals : image->group_count;
}

uint64_t unify_size(const struct image *image)
{
    if (image->group_count == 0 && image->common_count == 0)
        return 0;
    return 2 * bits_size(image->section_count) + bits_size(image->symbol_count) +
           (uint64_t)capacity(image) * (sizeof(struct unify_item) + sizeof(void *));
}

static struct unify begin(struct image *image, void *memory)
{
    size_t bits_bytes = 2 * bits_size(image->section_count) + bits_size(image->symbol_count);
    uint8_t *bytes = memory;
    memset(bytes, 0, bits_bytes);
    return (struct unify){
        .image = image,
        .discarded = bytes,
        .grouped = bytes + bits_size(image->section_count),
        .shadowed = bytes + 2 * bits_size(image->section_count),
        .items = (struct unify_item *)(bytes + bits_bytes),
        .pointers =
            (const void **)(bytes + bits_bytes + capacity(image) * sizeof(struct unify_item)),
    };
}

static void add_item(struct unify *unify, const char *name, uint32_t index, enum rank rank)
{
    struct unify_item *item = &unify->items[unify->count];
    *item = (struct unify_item){
        .name = name, .hash = hash_name(name), .index = index, .rank = (uint8_t)rank};
    unify->pointers[unify->count++] = item;
}

static int compare_names(const struct unify_item *a, const struct unify_item *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->name == b->name ? 0 : strcmp(a->name, b->name);
}

static int compare_items(const void *left, const void *right)
{
    const struct unify_item *a = left;
    const struct unify_item *b = right;
    int order = compare_names(a, b);
    if (order != 0)
        return order;
    if (a->rank != b->rank)
        return a->rank - b->rank;
    return (int)a->index - (int)b->index; /* far below 2^31, both of them */
}

static struct unify_item *item_at(const struct unify *unify, uint32_t i)
{
    return (struct unify_item *)unify->pointers[i];
}

static void sort_items(struct unify *unify)
{
    sort_pointers(unify->pointers, unify->count, compare_items);
    for (uint32_t i = 0; i < unify->count; i++)
        item_at(unify, i)->is_first =
            i == 0 || compare_names(item_at(unify, i - 1), item_at(unify, i)) != 0;
}

/* --- groups --- */

static enum status check_member(struct unify *unify, uint32_t group, uint32_t member,
                                struct diagnosis *diagnosis)
{
    const struct image *image = unify->image;
    if (member == SHN_UNDEF || member >= image->section_count)
        return diagnose(diagnosis, STATUS_GROUP_MEMBER, "section %u: member %u of %u sections",
                        group, member, image->section_count);
    if (image_section_type(image, member) == SHT_GROUP)
        return diagnose(diagnosis, STATUS_GROUP_NESTED, "section %u: member %u", group, member);
    if (image_has_bit(unify->grouped, member))
        return diagnose(diagnosis, STATUS_GROUP_TWICE, "section %u: member %u (%s)", group, member,
                        image_section(image, member).name);
    bit_set(unify->grouped, member);
    return STATUS_OK;
}

/* The section header of a group; its members are checked next. */
static enum status check_group(const struct image *image, uint32_t index,
                               const struct image_section *group, struct diagnosis *diagnosis)
{
    if (group->link != image->symbol_section)
        return diagnose(diagnosis, STATUS_GROUP_LINK, "section %u (%s): for section %u", index,
                        group->name, group->link);
    if (group->info == 0 || group->info >= image->symbol_count)
        return diagnose(diagnosis, STATUS_GROUP_SIGNATURE, "section %u (%s): symbol %u of %u",
                        index, group->name, group->info, image->symbol_count);
    if (group->entry_size != GROUP_WORD)
        return diagnose(diagnosis, STATUS_GROUP_ENTRY_SIZE, "section %u (%s): 0x%llx", index,
                        group->name, HEX(group->entry_size));
    if (group->size < GROUP_WORD || group->size % GROUP_WORD != 0)
        return diagnose(diagnosis, STATUS_GROUP_SIZE, "section %u (%s): 0x%llx bytes", index,
                        group->name, HEX(group->size));
    return STATUS_OK;
}

/* A signature is a symbol's name; assemblers name a section by its symbol, which has none of its own. */
static const char *signature(const struct image *image, uint32_t index)
{
    struct image_symbol symbol = image_symbol(image, index);
    if (symbol.type == STT_SECTION && image_symbol_has_section(&symbol))
        return image_section(image, symbol.section).name;
    return symbol.name;
}

/* Each signature is hashed and compared, and many groups may have the same long one. */
static enum status add_signature(struct unify *unify, uint32_t index, const char *name,
                                 struct diagnosis *diagnosis)
{
    const struct image *image = unify->image;
    uint64_t limit = names_limit((uint64_t)image->names.size + image->section_names.size);
    unify->names_bytes += strlen(name) + 1;
    if (unify->names_bytes > limit)
        return diagnose(diagnosis, STATUS_GROUP_NAMES_TOTAL,
                        "up to section %u (%.64s): 0x%llx bytes, limit 0x%llx", index, name,
                        HEX(unify->names_bytes), HEX(limit));
    add_item(unify, name, index, RANK_DEFINED);
    return STATUS_OK;
}

static enum status add_group(struct unify *unify, uint32_t index, struct diagnosis *diagnosis)
{
    const struct image *image = unify->image;
    struct image_section group = image_section(image, index);
    enum status status = check_group(image, index, &group, diagnosis);
    if (status != STATUS_OK)
        return status;
    struct span words = image_contents(image, &group);
    uint32_t flags = load_u32(words.bytes);
    if ((flags & ~(uint32_t)GRP_COMDAT) != 0)
        return diagnose(diagnosis, STATUS_GROUP_FLAGS, "section %u (%s): 0x%x", index, group.name,
                        flags);
    for (size_t i = GROUP_WORD; i < words.size; i += GROUP_WORD) {
        status = check_member(unify, index, load_u32(words.bytes + i), diagnosis);
        if (status != STATUS_OK)
            return status;
    }
    if (flags != GRP_COMDAT)
        return STATUS_OK;
    return add_signature(unify, index, signature(image, group.info), diagnosis);
}

static void discard(struct unify *unify, uint32_t group)
{
    struct image_section section = image_section(unify->image, group);
    struct span words = image_contents(unify->image, &section);
    for (size_t i = GROUP_WORD; i < words.size; i += GROUP_WORD)
        bit_set(unify->discarded, load_u32(words.bytes + i));
    unify->image->discarded = unify->discarded;
}

/* Of each signature the first group in the file is kept. */
static enum status choose_groups(struct unify *unify, struct diagnosis *diagnosis)
{
    for (uint32_t i = 1; i < unify->image->section_count; i++) {
        enum status status = image_section_type(unify->image, i) == SHT_GROUP
                                 ? add_group(unify, i, diagnosis)
                                 : STATUS_OK;
        if (status != STATUS_OK)
            return status;
    }
    sort_items(unify);
    for (uint32_t i = 0; i < unify->count; i++) {
        if (!item_at(unify, i)->is_first)
            discard(unify, item_at(unify, i)->index);
    }
    unify->count = 0;
    return STATUS_OK;
}

/* --- symbols --- */

static bool rank_of(const struct image *image, const struct image_symbol *symbol, enum rank *rank)
{
    *rank = symbol->binding == STB_WEAK ? RANK_WEAK : RANK_DEFINED;
    if (symbol->section == IMAGE_SECTION_COMMON)
        *rank = RANK_COMMON;
    else if (image_symbol_has_section(symbol) && image_has_bit(image->discarded, symbol->section))
        *rank = RANK_DISCARDED;
    return symbol->section != SHN_UNDEF && symbol->name[0] != '\0';
}

static void add_symbols(struct unify *unify)
{
    const struct image *image = unify->image;
    for (uint32_t i = image->first_global; i < image->symbol_count; i++) {
        struct image_symbol symbol = image_symbol(image, i);
        enum rank rank;
        if (rank_of(image, &symbol, &rank))
            add_item(unify, symbol.name, i, rank);
    }
}

/*
 * Room for the COMMON symbols of one name, from `i` on, as large and as aligned as any of them asks; none
 * when another definition of the name comes first.
 */
static enum status add_common(struct unify *unify, uint32_t i, struct diagnosis *diagnosis)
{
    struct image *image = unify->image;
    struct unify_item *item = item_at(unify, i);
    uint64_t size = 0;
    uint64_t alignment = 1;
    for (uint32_t k = i; k < unify->count && (k == i || !item_at(unify, k)->is_first); k++) {
        struct image_symbol symbol = image_symbol(image, item_at(unify, k)->index);
        if (item_at(unify, k)->rank != RANK_COMMON)
            break;
        size = symbol.size > size ? symbol.size : size;
        alignment = symbol.value > alignment ? symbol.value : alignment;
    }
    /* Below 2^29 each, by image_check, so that no sum comes near 2^64. */
    uint64_t offset = ALIGN_UP((uint64_t)image->common_size, alignment);
    if (offset + size > IMAGE_SIZE_MAX)
        return diagnose(diagnosis, STATUS_COMMON_SIZE,
                        "symbol %u (%.64s): 0x%llx, in all over 0x%x", item->index, item->name,
                        HEX(size), IMAGE_SIZE_MAX);
    item->offset = (uint32_t)offset;
    image->common_size = (uint32_t)(offset + size);
    if (alignment > image->common_alignment)
        image->common_alignment = (uint32_t)alignment;
    return STATUS_OK;
}

/* Weak definitions are as good as others, but for COMMON ones, which come before them (gABI). */
static bool is_duplicate(enum rank first, enum rank rank)
{
    return rank == RANK_DEFINED || (rank == RANK_WEAK && first != RANK_COMMON);
}

static enum status choose_symbols(struct unify *unify, struct diagnosis *diagnosis)
{
    enum rank first = RANK_DEFINED;
    sort_items(unify);
    for (uint32_t i = 0; i < unify->count; i++) {
        const struct unify_item *item = item_at(unify, i);
        enum status status = STATUS_OK;
        if (item->is_first) {
            first = (enum rank)item->rank;
            status = add_common(unify, i, diagnosis);
        } else if (is_duplicate(first, (enum rank)item->rank)) {
            status = diagnose(diagnosis, STATUS_SYMBOL_DUPLICATE, "%.128s", item->name);
        } else {
            bit_set(unify->shadowed, item->index);
        }
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status unify(struct image *image, void *memory, struct unified *unified,
                  struct diagnosis *diagnosis)
{
    struct unify unify = begin(image, memory);
    image->common_alignment = 1;
    *unified = (struct unified){.items = unify.pointers};
    enum status status = choose_groups(&unify, diagnosis);
    if (status != STATUS_OK || (image->common_count == 0 && image->discarded == NULL))
        return status;
    add_symbols(&unify);
    image->shadowed = unify.shadowed;
    unified->item_count = unify.count;
    return choose_symbols(&unify, diagnosis);
}

void unify_place(const struct unified *unified, struct symbols *symbols,
                 const struct placement *placement, uint64_t base)
{
    uint64_t address = 0;
    for (uint32_t i = 0; i < unified->item_count; i++) {
        const struct unify_item *item = unified->items[i];
        if (item->is_first)
            address = item->rank == RANK_COMMON ? base + placement->common_offset + item->offset
                                                : symbols_address(symbols, item->index);
        symbols_set_address(symbols, item->index, address);
    }
}
