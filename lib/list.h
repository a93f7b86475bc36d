/*
 * Doubly linked lists whose links live inside the elements. A list is a `struct list` used as head;
 * an element that is on no list has been removed or was never added. No locking, no ownership.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/compiler.h"

struct list {
    struct list *next;
    struct list *previous;
};

static inline void list_init(struct list *head)
{
    head->next = head;
    head->previous = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_insert_between(struct list *element, struct list *before,
                                       struct list *after)
{
    element->previous = before;
    element->next = after;
    before->next = element;
    after->previous = element;
}

static inline void list_add_first(struct list *head, struct list *element)
{
    list_insert_between(element, head, head->next);
}

static inline void list_add_last(struct list *head, struct list *element)
{
    list_insert_between(element, head->previous, head);
}

static inline void list_remove(struct list *element)
{
    element->previous->next = element->next;
    element->next->previous = element->previous;
    element->next = NULL;
    element->previous = NULL;
}

/* The element of type `type` whose `struct list member` is at `link`. */
#define LIST_ENTRY(link, type, member) CONTAINER_OF(link, type, member)

#define list_for_each(cursor, head)                                                                \
    for (struct list *cursor = (head)->next; cursor != (head); cursor = cursor->next)

/* The same when the body may remove the element under the cursor. */
#define list_for_each_safe(cursor, head)                                                           \
    for (struct list *cursor = (head)->next, *cursor##_next = cursor->next; cursor != (head);      \
         cursor = cursor##_next, cursor##_next = cursor->next)
