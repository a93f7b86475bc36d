/*
 * The order of a group: whoever is imported from comes before the importer, so that its _load has run
 * when the importer's does. A walk in depth with the way back inside the members: no recursion.
 */
#include "loader/live/load.h"

/* The next object that `member` imports from and that was not met yet, or NULL. */
static struct member *next_unmet(struct member *member)
{
    while (member->order_next < member->file_count) {
        struct member *provider = member->files[member->order_next++];
        if (provider != NULL && !provider->is_ordered)
            return provider;
    }
    return NULL;
}

void load_order(struct load *load)
{
    struct list ordered;
    list_init(&ordered);
    struct member *member = load->primary;
    member->is_ordered = true;
    while (member != NULL) {
        struct member *provider = next_unmet(member);
        if (provider != NULL) {
            provider->is_ordered = true;
            provider->order_parent = member;
            member = provider;
            continue;
        }
        list_remove(&member->link);
        list_add_last(&ordered, &member->link);
        member = member->order_parent;
    }
    /* Everything in the load was wanted by something, so nothing is left over. */
    load->members = ordered;
    ordered.next->previous = &load->members;
    ordered.previous->next = &load->members;
}
