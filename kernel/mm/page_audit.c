/*
 * Two walks over the page tables: the first counts and learns which frames are executable, the second
 * looks for writable pages among those frames. Frames are noted in a bitmap over the stretch between
 * the lowest and the highest executable one.
 */
#include "kernel/mm/page_audit.h"

#include <stdint.h>

#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "arch/paging.h"
#include "lib/string.h"

struct audit_walk {
    struct page_audit *audit;
    uint64_t lowest; /* executable frame numbers */
    uint64_t highest;
    uint8_t *executable; /* bitmap from `lowest` on */
};

static void count_page(const struct page_visit *page, void *context)
{
    struct audit_walk *walk = context;
    size_t pages = (size_t)(page->size_bytes / PAGE_SIZE);
    uint64_t first = page->frame / PAGE_SIZE;
    walk->audit->pages += pages;
    walk->audit->user += page->is_user ? pages : 0;
    if (!page->is_executable)
        return;
    walk->audit->executable += pages;
    walk->audit->writable_executable += page->is_writable ? pages : 0;
    walk->lowest = first < walk->lowest ? first : walk->lowest;
    walk->highest = first + pages - 1 > walk->highest ? first + pages - 1 : walk->highest;
}

static void note_executable(const struct page_visit *page, void *context)
{
    struct audit_walk *walk = context;
    for (uint64_t i = 0; page->is_executable && i < page->size_bytes / PAGE_SIZE; i++) {
        uint64_t bit = page->frame / PAGE_SIZE + i - walk->lowest;
        walk->executable[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

static void count_alias(const struct page_visit *page, void *context)
{
    struct audit_walk *walk = context;
    for (uint64_t i = 0; page->is_writable && i < page->size_bytes / PAGE_SIZE; i++) {
        uint64_t frame = page->frame / PAGE_SIZE + i;
        if (frame < walk->lowest || frame > walk->highest)
            continue;
        uint64_t bit = frame - walk->lowest;
        walk->audit->writable_aliases += walk->executable[bit / 8] >> bit % 8 & 1;
    }
}

/* Interrupts are off: no other thread may map or unmap between the walks, nor during one. */
static bool audit_all(struct page_audit *audit)
{
    struct audit_walk walk = {.audit = audit, .lowest = UINT64_MAX};
    *audit = (struct page_audit){0};
    paging_walk(count_page, &walk);
    if (audit->executable == 0)
        return true;
    size_t size = (size_t)((walk.highest - walk.lowest) / 8 + 1);
    walk.executable = kmalloc(size);
    if (walk.executable == NULL)
        return false;
    memset(walk.executable, 0, size);
    paging_walk(note_executable, &walk);
    paging_walk(count_alias, &walk);
    kfree(walk.executable);
    return true;
}

bool page_audit(struct page_audit *audit)
{
    bool were_on = interrupts_save();
    bool is_whole = audit_all(audit);
    interrupts_restore(were_on);
    return is_whole;
}
