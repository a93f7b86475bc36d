/* Stacks in a table; see the header. */
#include "lib/stacks.h"

void stacks_init(struct stacks *stacks, const struct table_memory *memory)
{
    table_init(&stacks->tops, memory);
    stacks->count = 0;
}

/* The one above `link`; NULL for a top, whose `next` leads to another top, if anywhere. */
static struct stack_link *newer_of(const struct stack_link *link)
{
    struct stack_link *next = stacks_element(link->link.next);
    return next != NULL && next->older == link ? next : NULL;
}

void stacks_remove(struct stacks *stacks, struct stack_link *link)
{
    struct stack_link *newer = newer_of(link);
    struct stack_link *older = link->older;
    stacks->count--;
    if (newer != NULL) {
        newer->older = older;
        if (older != NULL)
            older->link.next = &newer->link;
    } else if (older != NULL) {
        table_replace(&stacks->tops, &link->link, &older->link);
    } else {
        table_remove(&stacks->tops, &link->link);
    }
    link->link.next = NULL;
    link->older = NULL;
}

struct visiting {
    void (*visit)(struct stack_link *link, void *context);
    void *context;
};

static void visit_stack(struct table_link *top, void *context)
{
    const struct visiting *visiting = context;
    struct stack_link *link = stacks_element(top);
    while (link != NULL) {
        struct stack_link *older = link->older;
        visiting->visit(link, visiting->context);
        link = older;
    }
}

void stacks_visit(const struct stacks *stacks,
                  void (*visit)(struct stack_link *link, void *context), void *context)
{
    struct visiting visiting = {visit, context};
    table_visit(&stacks->tops, visit_stack, &visiting);
}
