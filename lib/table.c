/*
 * Linear hashing over intrusive links.
 *
 * Invariants:
 *   1. bucket_count is count, but at least TABLE_FIRST_BUCKETS and at most BUCKETS_MAX.
 *   2. Segments are there for at least bucket_count buckets, without a gap.
 *   3. With 2^k the largest power of two up to bucket_count, an element is in the bucket that the
 *      lower k + 1 bits of its hash name, or, where that bucket does not exist yet, the lower k.
 *   4. Elements with equal hashes are in the same bucket, the newest first. Splitting and joining
 *      keep the order within a bucket, so they keep this.
 *
 * Memory is only ever taken by table_reserve and given back by table_trim: adding and removing
 * cannot fail.
 */
#include "lib/table.h"

#include "lib/assert.h"

#define BUCKETS_MAX ((size_t)TABLE_FIRST_BUCKETS << (TABLE_SEGMENTS - 1))

/* The largest power of two up to `value`, which is not 0. */
static size_t highest_bit(size_t value)
{
    return (size_t)1 << (8 * sizeof(long) - 1 - (unsigned)__builtin_clzl(value));
}

/* The number of the first bucket in `segment` (from 1 on), which is also how many are in it. */
static size_t segment_buckets(unsigned segment)
{
    return (size_t)TABLE_FIRST_BUCKETS << (segment - 1);
}

static struct table_link **bucket_at(const struct table *table, size_t index)
{
    if (index < TABLE_FIRST_BUCKETS)
        return (struct table_link **)&table->first[index];
    size_t first = highest_bit(index);
    unsigned segment = (unsigned)__builtin_ctzl(first / TABLE_FIRST_BUCKETS) + 1;
    return &table->segments[segment][index - first];
}

static struct table_link **bucket_of(const struct table *table, uint32_t hash)
{
    size_t half = highest_bit(table->bucket_count);
    size_t index = hash & (2 * half - 1);
    if (index >= table->bucket_count)
        index &= half - 1;
    return bucket_at(table, index);
}

/* Makes one more bucket and moves to it what belongs there. */
static void split_bucket(struct table *table)
{
    size_t bit = highest_bit(table->bucket_count);
    struct table_link **moving = bucket_at(table, table->bucket_count);
    struct table_link **staying = bucket_at(table, table->bucket_count - bit);
    struct table_link *link = *staying;
    for (; link != NULL; link = link->next) {
        struct table_link ***end = (link->hash & bit) != 0 ? &moving : &staying;
        **end = link;
        *end = &link->next;
    }
    *moving = NULL;
    *staying = NULL;
    table->bucket_count++;
}

/* Takes the last bucket away; its elements go back to the one they were split from. */
static void join_bucket(struct table *table)
{
    table->bucket_count--;
    struct table_link **last = bucket_at(table, table->bucket_count);
    struct table_link **end =
        bucket_at(table, table->bucket_count - highest_bit(table->bucket_count));
    while (*end != NULL)
        end = &(*end)->next;
    *end = *last;
    *last = NULL;
}

static void release_segment(struct table *table, unsigned segment)
{
    table->memory->release(table->segments[segment],
                           segment_buckets(segment) * sizeof(struct table_link *));
    table->segments[segment] = NULL;
}

void table_init(struct table *table, const struct table_memory *memory)
{
    *table = (struct table){.memory = memory, .bucket_count = TABLE_FIRST_BUCKETS};
}

bool table_reserve(struct table *table, size_t count)
{
    size_t wanted;
    if (__builtin_add_overflow(table->count, count, &wanted) || wanted > BUCKETS_MAX)
        wanted = BUCKETS_MAX;
    unsigned first_new = TABLE_SEGMENTS;
    for (unsigned s = 1; s < TABLE_SEGMENTS && segment_buckets(s) < wanted; s++) {
        if (table->segments[s] != NULL)
            continue;
        if (first_new == TABLE_SEGMENTS)
            first_new = s;
        table->segments[s] =
            table->memory->allocate(segment_buckets(s) * sizeof(struct table_link *));
        if (table->segments[s] == NULL) {
            while (s-- > first_new)
                release_segment(table, s);
            return false;
        }
    }
    return true;
}

void table_trim(struct table *table)
{
    for (unsigned s = TABLE_SEGMENTS - 1; s > 0 && segment_buckets(s) >= table->bucket_count; s--) {
        if (table->segments[s] != NULL)
            release_segment(table, s);
    }
}

void table_add(struct table *table, struct table_link *link, uint32_t hash)
{
    struct table_link **bucket = bucket_of(table, hash);
    link->hash = hash;
    link->next = *bucket;
    *bucket = link;
    table->count++;
    if (table->count > table->bucket_count && table->bucket_count < BUCKETS_MAX)
        split_bucket(table);
}

void table_remove(struct table *table, struct table_link *link)
{
    struct table_link **place = bucket_of(table, link->hash);
    while (*place != link) {
        ASSERT(*place != NULL);
        place = &(*place)->next;
    }
    *place = link->next;
    link->next = NULL;
    table->count--;
    if (table->bucket_count > table->count && table->bucket_count > TABLE_FIRST_BUCKETS)
        join_bucket(table);
}

struct table_link *table_find(const struct table *table, uint32_t hash)
{
    struct table_link *link = *bucket_of(table, hash);
    while (link != NULL && link->hash != hash)
        link = link->next;
    return link;
}

struct table_link *table_find_older(const struct table_link *link)
{
    struct table_link *older = link->next;
    while (older != NULL && older->hash != link->hash)
        older = older->next;
    return older;
}

void table_visit(const struct table *table, void (*visit)(struct table_link *link, void *context),
                 void *context)
{
    for (size_t i = 0; i < table->bucket_count; i++) {
        struct table_link *link = *bucket_at(table, i);
        while (link != NULL) {
            struct table_link *next = link->next;
            visit(link, context);
            link = next;
        }
    }
}
