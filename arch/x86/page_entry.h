/*
 * Entries of page tables: 64 bits on both machines, since i386 uses PAE. Private to arch/.
 *
 * Source: AMD64 manual volume 2, section 5.4.
 */
#pragma once

#include <stdint.h>

#define ENTRY_PRESENT  (1ull << 0)
#define ENTRY_WRITABLE (1ull << 1)
#define ENTRY_USER     (1ull << 2)
#define ENTRY_PWT      (1ull << 3) /* with the table of cpu_init: write combining */
#define ENTRY_PCD      (1ull << 4) /* with PWT: not cached */
#define ENTRY_LARGE    (1ull << 7)
#define ENTRY_NX       (1ull << 63)
#define ENTRY_FRAME    0x000ffffffffff000ull

typedef uint64_t page_entry;

#ifdef __x86_64__

static inline void entry_write(volatile page_entry *entry, page_entry value)
{
    *entry = value;
}

#else

/* Two stores would show the CPU an entry with half of its bits, so both words change at once. */
static inline void entry_write(volatile page_entry *entry, page_entry value)
{
    page_entry seen = *entry;
    __asm__ volatile("1: cmpxchg8b %0; jne 1b"
                     : "+m"(*entry), "+A"(seen)
                     : "b"((uint32_t)value), "c"((uint32_t)(value >> 32))
                     : "cc", "memory");
}

#endif
