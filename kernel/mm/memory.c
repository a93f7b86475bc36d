/*
 * Kernel memory: frames behind addresses.
 *
 * The kernel region starts with what the allocator itself needs; each part grows and shrinks with the
 * number of ranges, and pages that nothing needs any more are unmapped:
 *
 *   | guard | bits of all frames | guard | records of extents | guard | segments of the table | ranges
 *
 * A segment of the hash table that has S bytes is at offset S of its part: sizes are powers of two and
 * all different, so segments never overlap. Those smaller than a page share a static one.
 *
 * Invariants:
 *   1. Every change of page tables, frames and ranges happens with interrupts off; on one CPU that is
 *      the lock. It is held for one page at a time, so that a large request delays nobody.
 *   2. A range stays taken until its last page is unmapped.
 */
#include "kernel/mm/memory.h"

#include "arch/cpu.h"
#include "kernel/log/panic.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/ranges.h"
#include "kernel/selftest/selftest.h"
#include "lib/assert.h"
#include "lib/checked.h"
#include "lib/string.h"

#define REGION_COUNT 2

/* Records are not needed for more ranges than there are frames, but for a few mapped devices. */
#define RECORDS_EXTRA 4096

static struct {
    struct extent_store store;
    struct ranges regions[REGION_COUNT];
    size_t pages[REGION_COUNT]; /* mapped by memory_allocate */

    uintptr_t records; /* where the parts of the allocator itself begin */
    size_t record_pages;
    uintptr_t segments;
    size_t segment_limit_bytes; /* the largest segment there is room for */
} memory;

/* --- pages --- */

static bool page_map(uintptr_t address)
{
    bool were_on = interrupts_save();
    physical_address frame;
    bool is_mapped = frames_allocate(&frame);
    if (is_mapped && !paging_map(address, frame, PROTECTION_READ_WRITE, PAGE_CACHE_NORMAL)) {
        frames_free(frame);
        is_mapped = false;
    }
    interrupts_restore(were_on);
    return is_mapped;
}

static void pages_unmap(uintptr_t address, size_t page_count)
{
    for (size_t i = 0; i < page_count; i++) {
        bool were_on = interrupts_save();
        frames_free(paging_unmap(address + i * PAGE_SIZE));
        interrupts_restore(were_on);
    }
    if (page_count == 0)
        return;
    bool were_on = interrupts_save();
    paging_release_tables(address, address + page_count * PAGE_SIZE);
    interrupts_restore(were_on);
}

/* All pages, contents undefined, or none. */
static bool pages_map(uintptr_t address, size_t page_count)
{
    for (size_t i = 0; i < page_count; i++) {
        if (!page_map(address + i * PAGE_SIZE)) {
            pages_unmap(address, i);
            return false;
        }
    }
    return true;
}

static bool pages_map_zeroed(uintptr_t address, size_t page_count)
{
    if (!pages_map(address, page_count))
        return false;
    memset((void *)address, 0, page_count * PAGE_SIZE);
    return true;
}

/* --- what the allocator itself needs; interrupts are off --- */

static bool resize_records(size_t count, size_t *ready)
{
    size_t wanted = ALIGN_UP(count * sizeof(struct extent), PAGE_SIZE) / PAGE_SIZE;
    size_t have = memory.record_pages;
    if (wanted > have && !pages_map(memory.records + have * PAGE_SIZE, wanted - have))
        return false;
    if (wanted < have)
        pages_unmap(memory.records + wanted * PAGE_SIZE, have - wanted);
    memory.record_pages = wanted;
    *ready = wanted * PAGE_SIZE / sizeof(struct extent);
    return true;
}

static uint8_t small_segments[PAGE_SIZE] __attribute__((aligned(16)));

static void *segment_allocate(size_t size_bytes)
{
    ASSERT(is_power_of_two(size_bytes));
    if (size_bytes < PAGE_SIZE)
        return small_segments + size_bytes;
    uintptr_t address = memory.segments + size_bytes;
    if (size_bytes > memory.segment_limit_bytes ||
        !pages_map_zeroed(address, size_bytes / PAGE_SIZE))
        return NULL;
    return (void *)address;
}

static void segment_release(void *segment, size_t size_bytes)
{
    if (size_bytes >= PAGE_SIZE)
        pages_unmap((uintptr_t)segment, size_bytes / PAGE_SIZE);
}

static const struct table_memory segment_memory = {
    .allocate = segment_allocate,
    .release = segment_release,
};

/* --- starting --- */

static size_t record_capacity(void)
{
    struct address_range kernel = paging_kernel_region();
    struct address_range extensions = paging_extension_region();
    size_t pages = (kernel.end - kernel.start + extensions.end - extensions.start) / PAGE_SIZE;
    size_t wanted = 2 * frames_usable_count() + RECORDS_EXTRA;
    return wanted < pages ? wanted : pages;
}

/* Lays the allocator's own parts out and returns where ranges begin. */
static uintptr_t lay_out(uintptr_t address)
{
    size_t capacity = record_capacity();
    memory.records = address;
    address += ALIGN_UP(capacity * sizeof(struct extent), PAGE_SIZE) + PAGE_SIZE;
    memory.segments = address;
    memory.segment_limit_bytes = PAGE_SIZE;
    while (memory.segment_limit_bytes < capacity * sizeof(struct table_link *))
        memory.segment_limit_bytes *= 2;
    extent_store_init(&memory.store, (struct extent *)memory.records, capacity, resize_records,
                      &segment_memory);
    return address + 2 * memory.segment_limit_bytes;
}

void memory_init(const struct boot_info *info)
{
    bool were_on = interrupts_save();
    struct address_range kernel = paging_kernel_region();
    struct address_range extensions = paging_extension_region();
    uintptr_t address = kernel.start + PAGE_SIZE;
    frames_init_early(info);
    size_t map_bytes = frames_map_bytes();
    frames_init(info, address);
    uintptr_t rest = lay_out(address + map_bytes + PAGE_SIZE);
    if (!ranges_init(&memory.regions[MEMORY_KERNEL], &memory.store, rest, kernel.end) ||
        !ranges_init(&memory.regions[MEMORY_EXTENSION], &memory.store, extensions.start,
                     extensions.end))
        panic("too little memory for the records of kernel memory");
    interrupts_restore(were_on);
}

/* --- ranges --- */

static enum memory_region region_of(uintptr_t address)
{
    const struct ranges *kernel = &memory.regions[MEMORY_KERNEL];
    bool is_kernel = address >= kernel->start && address < kernel->end;
    return is_kernel ? MEMORY_KERNEL : MEMORY_EXTENSION;
}

static uintptr_t range_take(enum memory_region region, size_t page_count, size_t alignment_bytes)
{
    bool were_on = interrupts_save();
    uintptr_t address =
        ranges_allocate_aligned(&memory.regions[region], page_count, alignment_bytes);
    interrupts_restore(were_on);
    return address;
}

static void range_give(enum memory_region region, uintptr_t address)
{
    bool were_on = interrupts_save();
    ranges_free(&memory.regions[region], address);
    interrupts_restore(were_on);
}

static void count_pages(enum memory_region region, size_t page_count)
{
    bool were_on = interrupts_save();
    memory.pages[region] += page_count;
    interrupts_restore(were_on);
}

uintptr_t memory_allocate_unfilled(enum memory_region region, size_t page_count)
{
    return memory_allocate_aligned(region, page_count, PAGE_SIZE);
}

uintptr_t memory_allocate_aligned(enum memory_region region, size_t page_count,
                                  size_t alignment_bytes)
{
    /* Nobody waits while all frames are handed to a request that cannot be met. */
    if (page_count > frames_free_count())
        return 0;
    uintptr_t address = range_take(region, page_count, alignment_bytes);
    if (address == 0)
        return 0;
    if (!pages_map(address, page_count)) {
        range_give(region, address);
        return 0;
    }
    count_pages(region, page_count);
    return address;
}

uintptr_t memory_allocate(enum memory_region region, size_t page_count)
{
    uintptr_t address = memory_allocate_unfilled(region, page_count);
    if (address != 0)
        memset((void *)address, 0, page_count * PAGE_SIZE);
    return address;
}

void memory_free(uintptr_t address)
{
    enum memory_region region = region_of(address);
    size_t page_count = memory_page_count(address);
    pages_unmap(address, page_count);
    range_give(region, address);
    count_pages(region, -page_count);
}

size_t memory_page_count(uintptr_t address)
{
    bool were_on = interrupts_save();
    size_t page_count = ranges_page_count(&memory.store, address);
    interrupts_restore(were_on);
    ASSERT(page_count > 0);
    return page_count;
}

void memory_protect(uintptr_t address, size_t page_count, enum protection protection)
{
    for (size_t i = 0; i < page_count; i++) {
        bool were_on = interrupts_save();
        paging_protect(address + i * PAGE_SIZE, protection);
        interrupts_restore(were_on);
    }
}

/* --- devices --- */

/* Maps frames that are not ours; all of the pages or none. */
static bool device_map(uintptr_t address, physical_address frame, size_t page_count,
                       enum protection protection, enum page_cache cache)
{
    for (size_t i = 0; i < page_count; i++) {
        if (paging_map(address + i * PAGE_SIZE, frame + i * PAGE_SIZE, protection, cache))
            continue;
        for (size_t k = 0; k < i; k++)
            (void)paging_unmap(address + k * PAGE_SIZE);
        paging_release_tables(address, address + page_count * PAGE_SIZE);
        return false;
    }
    return true;
}

void *memory_map_physical(physical_address address, uint64_t size_bytes, enum protection protection,
                          enum page_cache cache)
{
    ASSERT(protection != PROTECTION_READ_EXECUTE && size_bytes > 0);
    size_t offset = address % PAGE_SIZE;
    if (size_bytes > SIZE_MAX - 2 * PAGE_SIZE) /* offset and rounding must fit too */
        return NULL;
    size_t page_count = ALIGN_UP((size_t)size_bytes + offset, PAGE_SIZE) / PAGE_SIZE;
    bool were_on = interrupts_save();
    uintptr_t start = ranges_allocate(&memory.regions[MEMORY_KERNEL], page_count);
    if (start != 0 && device_map(start, address - offset, page_count, protection, cache)) {
        ranges_keep(&memory.store, start);
    } else if (start != 0) {
        ranges_free(&memory.regions[MEMORY_KERNEL], start);
        start = 0;
    }
    interrupts_restore(were_on);
    return start == 0 ? NULL : (void *)(start + offset);
}

void memory_get_totals(struct memory_totals *totals)
{
    bool were_on = interrupts_save();
    *totals = (struct memory_totals){
        .frames = frames_usable_count(),
        .frames_free = frames_free_count(),
        .kernel_pages = memory.pages[MEMORY_KERNEL],
        .extension_pages = memory.pages[MEMORY_EXTENSION],
    };
    interrupts_restore(were_on);
}

/* --- self-tests --- */

static bool is_mapped(uintptr_t address)
{
    physical_address frame;
    return paging_lookup(address, &frame);
}

static bool totals_are(const struct memory_totals *before)
{
    struct memory_totals now;
    memory_get_totals(&now);
    return memcmp(&now, before, sizeof(now)) == 0;
}

SELFTEST(memory, guard_pages_are_not_mapped)
{
    for (unsigned region = 0; region < REGION_COUNT; region++) {
        uintptr_t address = memory_allocate((enum memory_region)region, 3);
        CHECK(address != 0);
        CHECK(!is_mapped(address - 1));
        CHECK(is_mapped(address));
        CHECK(is_mapped(address + 3 * PAGE_SIZE - 1));
        CHECK(!is_mapped(address + 3 * PAGE_SIZE));
        CHECK(memory_page_count(address) == 3);
        memory_free(address);
        CHECK(!is_mapped(address));
    }
}

SELFTEST(memory, an_aligned_range_begins_where_it_was_asked_to)
{
    const size_t alignment = 2u << 20;
    struct memory_totals before;
    memory_get_totals(&before);
    uintptr_t small = memory_allocate(MEMORY_EXTENSION, 1);
    uintptr_t address = memory_allocate_aligned(MEMORY_EXTENSION, 3, alignment);
    CHECK(small != 0 && address != 0);
    CHECK(address % alignment == 0);
    CHECK(memory_page_count(address) == 3);
    CHECK(!is_mapped(address - 1));
    CHECK(is_mapped(address + 3 * PAGE_SIZE - 1));
    CHECK(!is_mapped(address + 3 * PAGE_SIZE));
    memory_free(small);
    memory_free(address);
    CHECK(totals_are(&before));
}

SELFTEST(memory, fresh_pages_are_zero)
{
    uintptr_t address = memory_allocate(MEMORY_KERNEL, 1);
    CHECK(address != 0);
    memset((void *)address, 0xa5, PAGE_SIZE);
    memory_free(address);
    address = memory_allocate(MEMORY_KERNEL, 2);
    const uint8_t *bytes = (const uint8_t *)address;
    bool are_zero = true;
    for (size_t i = 0; i < 2 * PAGE_SIZE; i++)
        are_zero = are_zero && bytes[i] == 0;
    CHECK(are_zero);
    memory_free(address);
}

SELFTEST(memory, freeing_everything_restores_every_frame)
{
    enum { COUNT = 400 };
    static uintptr_t addresses[COUNT];
    struct memory_totals before;
    memory_get_totals(&before);
    for (unsigned i = 0; i < COUNT; i++)
        addresses[i] = memory_allocate((enum memory_region)(i % REGION_COUNT), 1 + i % 5);
    for (unsigned i = 0; i < COUNT; i++)
        CHECK(addresses[i] != 0);
    /* An order of its own: all even ones first. */
    for (unsigned i = 0; i < COUNT; i += 2)
        memory_free(addresses[i]);
    for (unsigned i = 1; i < COUNT; i += 2)
        memory_free(addresses[i]);
    CHECK(totals_are(&before));
}

SELFTEST(memory, a_request_beyond_all_memory_changes_nothing)
{
    struct memory_totals before;
    memory_get_totals(&before);
    CHECK(memory_allocate(MEMORY_KERNEL, SIZE_MAX) == 0);
    CHECK(memory_allocate(MEMORY_KERNEL, before.frames_free + 1) == 0);
    /* This one fails on the way: page tables need frames too. */
    CHECK(memory_allocate(MEMORY_KERNEL, before.frames_free) == 0);
    CHECK(totals_are(&before));
}

SELFTEST(memory, a_device_larger_than_all_addresses_is_refused)
{
    struct memory_totals before;
    memory_get_totals(&before);
    const uint64_t sizes[] = {1ull << 40, (1ull << 40) + 1, UINT64_MAX};
    for (unsigned i = 0; i < ARRAY_COUNT(sizes); i++)
        CHECK(memory_map_physical(0, sizes[i], PROTECTION_READ, PAGE_CACHE_NONE) == NULL);
    CHECK(totals_are(&before));
}

struct page_query {
    uintptr_t address;
    struct page_visit page;
};

static void note_page(const struct page_visit *page, void *context)
{
    struct page_query *query = context;
    if (page->address == query->address)
        query->page = *page;
}

static bool page_has(uintptr_t address, bool is_writable, bool is_executable)
{
    struct page_query query = {.address = address};
    bool were_on = interrupts_save();
    paging_walk(note_page, &query);
    interrupts_restore(were_on);
    return query.page.address == address && query.page.is_writable == is_writable &&
           query.page.is_executable == is_executable && !query.page.is_user;
}

SELFTEST(memory, protections_are_what_was_asked_for)
{
    uintptr_t address = memory_allocate(MEMORY_EXTENSION, 3);
    CHECK(address != 0);
    memory_protect(address, 1, PROTECTION_READ_EXECUTE);
    memory_protect(address + PAGE_SIZE, 1, PROTECTION_READ);
    CHECK(page_has(address, false, true));
    CHECK(page_has(address + PAGE_SIZE, false, false));
    CHECK(page_has(address + 2 * PAGE_SIZE, true, false));
    memory_free(address);
}
