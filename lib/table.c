/*
 * Linear hashing over intrusive links.
 *
 * Invariants:
 *   1. bucket_count is count / TABLE_LOAD, rounded up, but at least TABLE_FIRST_BUCKETS and at most
 *      TABLE_BUCKETS_MAX.
 *   2. Segments 0 to segment_count - 1 are there, enough for at least bucket_count buckets.
 *   3. With `half` = 2^k the largest power of two up to bucket_count, an element is in the bucket that
 *      the lower k + 1 bits of its hash name, or, where that bucket does not exist yet, the lower k.
 *   4. Elements with equal hashes are in the same bucket, the newest first. Splitting and joining
 *      keep the order within a bucket, so they keep this.
 *
 * Memory is only ever taken by table_reserve and given back by table_trim: adding and removing
 * cannot fail.
 */
#include "lib/table.h"

#include "lib/assert.h"

_Static_assert(TABLE_BUCKETS_MAX <= SIZE_MAX / TABLE_LOAD,
               "so many elements can be counted, in 32 bits too");

/* Buckets for so many elements, the first ones aside. */
static ALWAYS_INLINE size_t buckets_for(size_t count)
{
    return (count + TABLE_LOAD - 1) / TABLE_LOAD;
}

/* The number of the first bucket in `segment` (from 1 on), which is also how many are in it. */
static size_t segment_buckets(unsigned segment)
{
    return (size_t)TABLE_FIRST_BUCKETS << (segment - 1);
}

/* How many segments `bucket_count` buckets take. */
static unsigned segments_for(size_t bucket_count)
{
    if (bucket_count <= TABLE_FIRST_BUCKETS)
        return 1;
    return table_highest_bit(bucket_count - 1) - TABLE_FIRST_BITS + 2;
}

void table_split(struct table *table)
{
    size_t bit = table->half;
    struct table_link **moving = table_bucket_at(table, table->bucket_count);
    struct table_link **staying = table_bucket_at(table, table->bucket_count - bit);
    struct table_link *link = *staying;
    for (; link != NULL; link = link->next) {
        struct table_link ***end = (link->hash & bit) != 0 ? &moving : &staying;
        **end = link;
        *end = &link->next;
    }
    *moving = NULL;
    *staying = NULL;
    table->bucket_count++;
    if (table->bucket_count == 2 * bit)
        table->half = 2 * bit;
}

/* Takes the last bucket away; its elements go back to the one they were split from. */
static void join_bucket(struct table *table)
{
    table->bucket_count--;
    if (table->bucket_count < table->half)
        table->half /= 2;
    struct table_link **last = table_bucket_at(table, table->bucket_count);
    struct table_link **end = table_bucket_at(table, table->bucket_count - table->half);
    while (*end != NULL)
        end = &(*end)->next;
    *end = *last;
    *last = NULL;
}

/* Releases the last segments until there are `count`. */
static void release_segments(struct table *table, unsigned count)
{
    while (table->segment_count > count) {
        unsigned segment = --table->segment_count;
        table->memory->release(table->segments[segment],
                               segment_buckets(segment) * sizeof(struct table_link *));
        table->segments[segment] = NULL;
    }
}

void table_init(struct table *table, const struct table_memory *memory)
{
    *table = (struct table){
        .memory = memory,
        .bucket_count = TABLE_FIRST_BUCKETS,
        .half = TABLE_FIRST_BUCKETS,
        .segment_count = 1,
    };
}

bool table_reserve(struct table *table, size_t count)
{
    size_t wanted;
    if (__builtin_add_overflow(table->count, count, &wanted) ||
        wanted > TABLE_BUCKETS_MAX * TABLE_LOAD)
        wanted = TABLE_BUCKETS_MAX * TABLE_LOAD;
    if (wanted <= TABLE_FIRST_BUCKETS * TABLE_LOAD)
        return true;
    wanted = buckets_for(wanted);
    unsigned before = table->segment_count;
    while (table->segment_count < segments_for(wanted)) {
        unsigned segment = table->segment_count;
        table->segments[segment] =
            table->memory->allocate(segment_buckets(segment) * sizeof(struct table_link *));
        if (table->segments[segment] == NULL) {
            release_segments(table, before);
            return false;
        }
        table->segment_count++;
    }
    return true;
}

void table_trim(struct table *table)
{
    if (table->segment_count > 1)
        release_segments(table, segments_for(table->bucket_count));
}

void table_add(struct table *table, struct table_link *link, uint32_t hash)
{
    link->hash = hash;
    table_add_to(table, table_bucket_of(table, hash), link);
}

/* Where in its bucket an element is. */
static struct table_link **place_of(const struct table *table, const struct table_link *link)
{
    struct table_link **place = table_bucket_of(table, link->hash);
    while (*place != link) {
        ASSERT(*place != NULL);
        place = &(*place)->next;
    }
    return place;
}

void table_replace(struct table *table, struct table_link *link, struct table_link *by)
{
    ASSERT(by->hash == link->hash);
    *place_of(table, link) = by;
    by->next = link->next;
    link->next = NULL;
}

void table_remove(struct table *table, struct table_link *link)
{
    *place_of(table, link) = link->next;
    link->next = NULL;
    table->count--;
    if (table->bucket_count > TABLE_FIRST_BUCKETS &&
        table->bucket_count > buckets_for(table->count))
        join_bucket(table);
}

void table_visit(const struct table *table, void (*visit)(struct table_link *link, void *context),
                 void *context)
{
    for (size_t i = 0; i < table->bucket_count; i++) {
        struct table_link *link = *table_bucket_at(table, i);
        while (link != NULL) {
            struct table_link *next = link->next;
            visit(link, context);
            link = next;
        }
    }
}
