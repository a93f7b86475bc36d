/*
 * A table of stacks: elements that are the same thing, most of all definitions of one name, are one
 * element of a hash table (lib/table.h) with the older ones behind it. Adding, finding the newest and
 * taking any of them out cost the same however many there are.
 *
 *   bucket --> top ------next------> top of another stack --> ...
 *              |  ^
 *          older  next (of one that is under another: the newer one)
 *              v  |
 *            element <--> element
 *
 * Which elements are the same the user says, to each function that needs to know it. Whether an element
 * is under another one is seen from its links: then the newer one's `older` leads back to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/table.h"

struct stack_link {
    struct table_link link;
    struct stack_link *older; /* NULL for the oldest */
};

struct stacks {
    struct table tops;
    size_t count; /* elements, tops and others */
};

/* True when the two belong on one stack; called for equal hashes only. */
typedef bool stacks_same(const struct stack_link *present, const struct stack_link *link);

void stacks_init(struct stacks *stacks, const struct table_memory *memory);

/* Makes sure that `count` more elements can be pushed. False when there is no memory for that. */
MUST_CHECK static inline bool stacks_reserve(struct stacks *stacks, size_t count);
/* Gives back memory that the present elements do not need: the undoing of a reserve. */
static inline void stacks_trim(struct stacks *stacks);

/*
 * Where the stack is that `link` would be pushed on; **place is its top, NULL when there is none. Good
 * until anything is added or removed.
 */
static ALWAYS_INLINE struct table_link **stacks_place(const struct stacks *stacks,
                                                      const struct stack_link *link, uint32_t hash,
                                                      stacks_same *is_same);
/* The same, but NULL when more than `others_max` others stand before that place. */
static ALWAYS_INLINE struct table_link **stacks_place_within(const struct stacks *stacks,
                                                             const struct stack_link *link,
                                                             uint32_t hash, stacks_same *is_same,
                                                             size_t others_max);
/* Pushes an element at the place that stacks_place gave for it. Room must have been reserved. */
static ALWAYS_INLINE void stacks_push(struct stacks *stacks, struct table_link **place,
                                      struct stack_link *link, uint32_t hash);
/* Takes an element out, wherever in its stack it is. */
void stacks_remove(struct stacks *stacks, struct stack_link *link);

/* The top of a stack with this hash, and of another one; NULL when there is none. */
static inline struct stack_link *stacks_find(const struct stacks *stacks, uint32_t hash);
static inline struct stack_link *stacks_find_other(const struct stack_link *top);

/* Calls `visit` for every element, those of one stack newest first, stacks in no order. */
void stacks_visit(const struct stacks *stacks,
                  void (*visit)(struct stack_link *link, void *context), void *context);

/* Bodies. */

static ALWAYS_INLINE struct stack_link *stacks_element(const struct table_link *link)
{
    return link == NULL ? NULL : CONTAINER_OF(link, struct stack_link, link);
}

static inline bool stacks_reserve(struct stacks *stacks, size_t count)
{
    return table_reserve(&stacks->tops, count);
}

static inline void stacks_trim(struct stacks *stacks)
{
    table_trim(&stacks->tops);
}

static ALWAYS_INLINE struct table_link **stacks_place_within(const struct stacks *stacks,
                                                             const struct stack_link *link,
                                                             uint32_t hash, stacks_same *is_same,
                                                             size_t others_max)
{
    struct table_link **place = table_bucket_of(&stacks->tops, hash);
    for (size_t others = 0; *place != NULL; place = &(*place)->next, others++) {
        if (UNLIKELY((*place)->hash == hash) && is_same(stacks_element(*place), link))
            break;
        if (UNLIKELY(others == others_max))
            return NULL;
    }
    return place;
}

static ALWAYS_INLINE struct table_link **stacks_place(const struct stacks *stacks,
                                                      const struct stack_link *link, uint32_t hash,
                                                      stacks_same *is_same)
{
    return stacks_place_within(stacks, link, hash, is_same, SIZE_MAX);
}

static ALWAYS_INLINE void stacks_push(struct stacks *stacks, struct table_link **place,
                                      struct stack_link *link, uint32_t hash)
{
    struct table_link *top = *place;
    link->link.hash = hash;
    link->older = stacks_element(top);
    stacks->count++;
    if (LIKELY(top == NULL)) {
        table_add_to(&stacks->tops, place, &link->link);
        return;
    }
    *place = &link->link;
    link->link.next = top->next;
    top->next = &link->link;
}

static inline struct stack_link *stacks_find(const struct stacks *stacks, uint32_t hash)
{
    return stacks_element(table_find(&stacks->tops, hash));
}

static inline struct stack_link *stacks_find_other(const struct stack_link *top)
{
    return stacks_element(table_find_older(&top->link));
}
