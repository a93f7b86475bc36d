/*
 * Page tables, reached through slots of the top table that point at the top table itself: with such
 * a slot in the address, the CPU's own walk ends one level early, at a table.
 *
 *   level 1 entry of an address    WINDOW + (address >> 12) * 8
 *   level 2 entry (directory)      the entries of level 1 that map WINDOW itself, and so on upwards
 *
 * x86_64 has four levels and one such slot. i386 with PAE has two and four slots: its four page
 * directories lie one behind the other and make one top table of 2048 entries; the table of pointers
 * to them never changes. layout.h has the numbers.
 *
 * Upper entries are writable and executable: the last level alone decides what may be done.
 */
#include "arch/paging.h"

#include "arch/cpu.h"
#include "arch/x86/boot_window.h"
#include "arch/x86/fault_stack.h"
#include "arch/x86/layout.h"
#include "arch/x86/page_entry.h"
#include "lib/assert.h"
#include "lib/checked.h"
#include "lib/string.h"

#define LEVELS            PAGING_LEVELS
#define BITS_PER_LEVEL    9
#define ENTRIES_PER_TABLE (1u << BITS_PER_LEVEL)

/* Address bits that the tables do not translate: copies of the highest one that they do. */
#define UNUSED_BITS (8 * sizeof(uintptr_t) - PAGING_ADDRESS_BITS)

extern page_entry boot_top[], boot_table_window[];
extern uint8_t boot_stack_guard[];

/* The address as the CPU wants it, whatever its unused bits were. */
#define CANONICAL(address)       ((uintptr_t)((intptr_t)((address) << UNUSED_BITS) >> UNUSED_BITS))
#define TRANSLATED_BITS(address) ((address) << UNUSED_BITS >> UNUSED_BITS)

#define LEVEL_SHIFT(level) (PAGE_SHIFT + BITS_PER_LEVEL * ((level)-1))

/* Where the entries are that map the entries at `base`. */
#define WINDOW           CANONICAL((uintptr_t)RECURSIVE_SLOT << LEVEL_SHIFT(LEVELS))
#define ENTRIES_OF(base) (WINDOW + (TRANSLATED_BITS(base) >> PAGE_SHIFT) * sizeof(page_entry))

/* By level (1: pages, LEVELS: top table): its entries as an array over all addresses. */
static const uintptr_t level_entries[] = {
    0,
    WINDOW,
    ENTRIES_OF(WINDOW),
    ENTRIES_OF(ENTRIES_OF(WINDOW)),
    ENTRIES_OF(ENTRIES_OF(ENTRIES_OF(WINDOW))),
};
_Static_assert(ARRAY_COUNT(level_entries) > LEVELS, "every level has its entries");

static unsigned level_shift(unsigned level)
{
    return LEVEL_SHIFT(level);
}

static uintptr_t canonical(uintptr_t address)
{
    return CANONICAL(address);
}

/* The entry of `level` that translates `address`; the levels above must be present. */
static volatile page_entry *entry_of(unsigned level, uintptr_t address)
{
    volatile page_entry *entries = (volatile page_entry *)level_entries[level];
    return entries + (TRANSLATED_BITS(address) >> level_shift(level));
}

static void flush_page(const volatile void *address)
{
    __asm__ volatile("invlpg %0" : : "m"(*(const volatile char *)address) : "memory");
}

static page_entry protection_bits(enum protection protection)
{
    switch (protection) {
    case PROTECTION_READ:
        return ENTRY_NX;
    case PROTECTION_READ_WRITE:
        return ENTRY_NX | ENTRY_WRITABLE;
    case PROTECTION_READ_EXECUTE:
        return 0;
    }
    ASSERT(!"a protection that does not exist");
    return ENTRY_NX;
}

static page_entry cache_bits(enum page_cache cache)
{
    switch (cache) {
    case PAGE_CACHE_NORMAL:
        return 0;
    case PAGE_CACHE_WRITE_COMBINING:
        return ENTRY_PWT;
    case PAGE_CACHE_NONE:
        return ENTRY_PWT | ENTRY_PCD;
    }
    ASSERT(!"a kind of caching that does not exist");
    return 0;
}

struct address_range paging_extension_region(void)
{
    return (struct address_range){EXTENSION_REGION_START, EXTENSION_REGION_END};
}

struct address_range paging_kernel_region(void)
{
    return (struct address_range){KERNEL_REGION_START, KERNEL_REGION_END};
}

/* Makes the table below the `level` entry of `address`. It becomes visible in its own window. */
static bool make_table(unsigned level, uintptr_t address)
{
    volatile page_entry *entry = entry_of(level, address);
    if ((*entry & ENTRY_PRESENT) != 0)
        return true;
    physical_address frame;
    if (!paging_frame_allocate(&frame))
        return false;
    entry_write(entry, frame | ENTRY_WRITABLE | ENTRY_PRESENT);
    volatile page_entry *table = entry_of(level - 1, address);
    void *page = (void *)ALIGN_DOWN((uintptr_t)table, (uintptr_t)PAGE_SIZE);
    flush_page(page);
    memset(page, 0, PAGE_SIZE);
    return true;
}

bool paging_map(uintptr_t address, physical_address frame, enum protection protection,
                enum page_cache cache)
{
    ASSERT(address % PAGE_SIZE == 0 && frame % PAGE_SIZE == 0);
    for (unsigned level = LEVELS; level > 1; level--) {
        if (!make_table(level, address)) {
            paging_release_tables(address, address + PAGE_SIZE);
            return false;
        }
    }
    volatile page_entry *entry = entry_of(1, address);
    ASSERT((*entry & ENTRY_PRESENT) == 0);
    entry_write(entry, frame | protection_bits(protection) | cache_bits(cache) | ENTRY_PRESENT);
    return true;
}

physical_address paging_unmap(uintptr_t address)
{
    volatile page_entry *entry = entry_of(1, address);
    ASSERT((*entry & ENTRY_PRESENT) != 0);
    physical_address frame = *entry & ENTRY_FRAME;
    entry_write(entry, 0);
    flush_page((void *)address);
    return frame;
}

static bool is_present_to(unsigned level, uintptr_t address)
{
    for (unsigned i = LEVELS; i >= level; i--) {
        if ((*entry_of(i, address) & ENTRY_PRESENT) == 0)
            return false;
    }
    return true;
}

static bool table_is_empty(const volatile page_entry *entries)
{
    for (unsigned i = 0; i < ENTRIES_PER_TABLE; i++) {
        if (entries[i] != 0)
            return false;
    }
    return true;
}

/* Gives the table below the `level` entry of `address` back when nothing is in it. */
static void release_table(unsigned level, uintptr_t address)
{
    if (!is_present_to(level, address))
        return;
    uintptr_t table = ALIGN_DOWN((uintptr_t)entry_of(level - 1, address), (uintptr_t)PAGE_SIZE);
    if (!table_is_empty((const volatile page_entry *)table))
        return;
    volatile page_entry *entry = entry_of(level, address);
    physical_address frame = *entry & ENTRY_FRAME;
    entry_write(entry, 0);
    flush_page((void *)table);
    paging_frame_free(frame);
}

/* The tables just below a four-level top stay, since every address space will share them. */
void paging_release_tables(uintptr_t start, uintptr_t end)
{
    for (unsigned level = 2; level <= PAGING_LEVELS_RELEASED; level++) {
        uintptr_t step = (uintptr_t)1 << level_shift(level);
        uintptr_t last = ALIGN_DOWN(end - 1, step);
        for (uintptr_t address = ALIGN_DOWN(start, step);; address += step) {
            release_table(level, address);
            if (address == last)
                break;
        }
    }
}

void paging_protect(uintptr_t address, enum protection protection)
{
    volatile page_entry *entry = entry_of(1, address);
    ASSERT((*entry & ENTRY_PRESENT) != 0);
    entry_write(entry, (*entry & ~(ENTRY_NX | ENTRY_WRITABLE)) | protection_bits(protection));
    flush_page((void *)address);
}

bool paging_lookup(uintptr_t address, physical_address *frame)
{
    if (canonical(address) != address)
        return false;
    for (unsigned level = LEVELS; level > 0; level--) {
        page_entry entry = *entry_of(level, address);
        if ((entry & ENTRY_PRESENT) == 0)
            return false;
        if (level > 1 && (entry & ENTRY_LARGE) != 0)
            return false; /* the kernel makes none; not ours to describe */
        *frame = entry & ENTRY_FRAME;
    }
    return true;
}

/* The walk's way down: where it is and what the levels so far allow. */
struct walk {
    void (*visit)(const struct page_visit *page, void *context);
    void *context;
    unsigned index[LEVELS + 1];         /* by level: the next entry to look at */
    uintptr_t address[LEVELS + 1];      /* by level: the first address of the table */
    page_entry permissions[LEVELS + 1]; /* by level: what the levels above allow */
};

/* Bits that every level must grant (writable, user) or that one level is enough to forbid (NX). */
static page_entry combine(page_entry above, page_entry entry)
{
    return (above & entry & (ENTRY_WRITABLE | ENTRY_USER)) | ((above | entry) & ENTRY_NX);
}

static void visit_page(const struct walk *walk, unsigned level, uintptr_t address, page_entry entry,
                       page_entry permissions)
{
    const struct page_visit page = {
        .address = address,
        .frame = entry & ENTRY_FRAME,
        .size_bytes = 1ull << level_shift(level),
        .is_writable = (permissions & ENTRY_WRITABLE) != 0,
        .is_executable = (permissions & ENTRY_NX) == 0,
        .is_user = (permissions & ENTRY_USER) != 0,
    };
    walk->visit(&page, walk->context);
}

/* Looks at one entry; returns the level to go on with. */
static unsigned walk_entry(struct walk *walk, unsigned level)
{
    unsigned index = walk->index[level]++;
    uintptr_t address = canonical(walk->address[level] | (uintptr_t)index << level_shift(level));
    page_entry entry = *entry_of(level, address);
    bool is_window = level == LEVELS && index - RECURSIVE_SLOT < RECURSIVE_SLOT_COUNT;
    if ((entry & ENTRY_PRESENT) == 0 || is_window)
        return level;
    page_entry permissions = combine(walk->permissions[level], entry);
    if (level == 1 || (entry & ENTRY_LARGE) != 0) {
        visit_page(walk, level, address, entry, permissions);
        return level;
    }
    walk->index[level - 1] = 0;
    walk->address[level - 1] = address;
    walk->permissions[level - 1] = permissions;
    return level - 1;
}

void paging_walk(void (*visit)(const struct page_visit *page, void *context), void *context)
{
    const unsigned top_entries = ENTRIES_PER_TABLE * RECURSIVE_SLOT_COUNT;
    struct walk walk = {.visit = visit, .context = context};
    walk.permissions[LEVELS] = ENTRY_WRITABLE | ENTRY_USER;
    for (unsigned level = LEVELS; level <= LEVELS;) {
        if (walk.index[level] == (level == LEVELS ? top_entries : ENTRIES_PER_TABLE))
            level++;
        else
            level = walk_entry(&walk, level);
    }
}

void paging_finish_boot(void)
{
    entry_write(&boot_top[0], 0);
    uintptr_t top;
    __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(top) : : "memory");
    (void)paging_unmap((uintptr_t)boot_stack_guard);
    for (unsigned i = 0; i < FAULT_STACK_COUNT; i++)
        (void)paging_unmap((uintptr_t)fault_stacks[i].guard);
}

/* Shows the pages from `first` up to `end` in the boot window, and nothing behind them. */
static void show_in_window(physical_address first, physical_address end, page_entry bits)
{
    const size_t window_pages = PAGING_BOOT_WINDOW / PAGE_SIZE + 1;
    for (size_t i = 0; i < window_pages; i++) {
        physical_address frame = first + i * PAGE_SIZE;
        page_entry present = frame | bits | ENTRY_NX | ENTRY_PRESENT;
        entry_write(&boot_table_window[i], frame < end ? present : 0);
        flush_page((void *)(BOOT_WINDOW_BASE + i * PAGE_SIZE));
    }
}

const void *paging_boot_window(physical_address address, size_t size_bytes)
{
    physical_address first = ALIGN_DOWN(address, (physical_address)PAGE_SIZE);
    if (size_bytes > PAGING_BOOT_WINDOW || address > ENTRY_FRAME - PAGING_BOOT_WINDOW)
        return NULL;
    show_in_window(first, address + size_bytes, 0);
    return (const void *)(BOOT_WINDOW_BASE + (uintptr_t)(address - first));
}

volatile uint32_t *boot_window_registers(physical_address page)
{
    show_in_window(page, page + PAGE_SIZE, ENTRY_WRITABLE | cache_bits(PAGE_CACHE_NONE));
    return (volatile uint32_t *)BOOT_WINDOW_BASE;
}

void boot_window_close(void)
{
    show_in_window(0, 0, 0);
}
