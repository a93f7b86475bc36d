/*
 * A hash table whose links live inside the elements, and which grows and shrinks one bucket at a
 * time (linear hashing): no operation ever moves everything, and the number of buckets is a function
 * of the number of elements alone, so that adding and removing the same elements leaves no trace.
 *
 * Elements with equal hashes keep their order: the newest comes first. No locking, no ownership.
 *
 *   bucket      0 .. 63   64 .. 127   128 .. 255   256 .. 511   ...
 *   segment        0          1           2            3          segment 0 is inside the table
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

#define TABLE_FIRST_BUCKETS 64
#define TABLE_SEGMENTS      25 /* 64 << 24 buckets: as many as 32 bits can count elements for */
#define TABLE_BUCKETS_MAX   ((size_t)TABLE_FIRST_BUCKETS << (TABLE_SEGMENTS - 1))
#define TABLE_LOAD          2 /* elements a bucket: fewer splits, and still short ways */

struct table_link {
    struct table_link *next;
    uint32_t hash;
    uint32_t note; /* the element's own: it fills a gap where addresses have 64 bits */
};

/* Where a table gets the memory of its segments; allocate returns NULL when there is none. */
struct table_memory {
    void *(*allocate)(size_t size_bytes);
    void (*release)(void *memory, size_t size_bytes);
};

struct table {
    const struct table_memory *memory;
    size_t count;        /* elements */
    size_t bucket_count; /* in use: count / TABLE_LOAD, rounded up, but at least the first ones */
    size_t half;         /* the largest power of two up to bucket_count */
    unsigned segment_count; /* segments that are there, with the first */
    struct table_link *first[TABLE_FIRST_BUCKETS];
    struct table_link **segments[TABLE_SEGMENTS];
};

void table_init(struct table *table, const struct table_memory *memory);

/* Makes sure that `count` more elements can be added. False when there is no memory for that. */
MUST_CHECK bool table_reserve(struct table *table, size_t count);
/* Gives back memory that the present elements do not need: the undoing of a reserve. */
void table_trim(struct table *table);

/* Adds an element in front of those with an equal hash. Room must have been reserved. */
void table_add(struct table *table, struct table_link *link, uint32_t hash);
/* Takes an element that is in the table out of it. */
void table_remove(struct table *table, struct table_link *link);
/* Puts `by`, with the same hash, in the place of an element that is in the table. */
void table_replace(struct table *table, struct table_link *link, struct table_link *by);

/* The newest element with this hash, and the next older one; NULL when there is none. */
static inline struct table_link *table_find(const struct table *table, uint32_t hash);
static inline struct table_link *table_find_older(const struct table_link *link);

/* Calls `visit` for every element, in no order that means anything. */
void table_visit(const struct table *table, void (*visit)(struct table_link *link, void *context),
                 void *context);

/* Bodies of what is looked up all the time. */

#define TABLE_FIRST_BITS 6
_Static_assert(TABLE_FIRST_BUCKETS == 1 << TABLE_FIRST_BITS, "the two numbers say the same");

/* The number of the highest bit of `value`, which is not 0. */
static ALWAYS_INLINE unsigned table_highest_bit(size_t value)
{
    return (unsigned)(8 * sizeof(long) - 1) ^ (unsigned)__builtin_clzl(value);
}

static ALWAYS_INLINE struct table_link **table_bucket_at(const struct table *table, size_t index)
{
    if (index < TABLE_FIRST_BUCKETS)
        return (struct table_link **)&table->first[index];
    unsigned bit = table_highest_bit(index);
    return &table->segments[bit - TABLE_FIRST_BITS + 1][index - ((size_t)1 << bit)];
}

static ALWAYS_INLINE struct table_link **table_bucket_of(const struct table *table, uint32_t hash)
{
    size_t index = hash & (2 * table->half - 1);
    if (index >= table->bucket_count)
        index -= table->half;
    return table_bucket_at(table, index);
}

static inline struct table_link *table_find_older(const struct table_link *link)
{
    struct table_link *older = link->next;
    while (older != NULL && older->hash != link->hash)
        older = older->next;
    return older;
}

static inline struct table_link *table_find(const struct table *table, uint32_t hash)
{
    struct table_link *link = *table_bucket_of(table, hash);
    while (link != NULL && link->hash != hash)
        link = link->next;
    return link;
}

/* Makes one more bucket and moves to it what belongs there; for the functions here. */
void table_split(struct table *table);

/* Adds an element that has its hash at a place in its bucket. */
static ALWAYS_INLINE void table_add_to(struct table *table, struct table_link **place,
                                       struct table_link *link)
{
    link->next = *place;
    *place = link;
    table->count++;
    if (table->count > table->bucket_count * TABLE_LOAD && table->bucket_count < TABLE_BUCKETS_MAX)
        table_split(table);
}
