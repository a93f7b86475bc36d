/* Plans; see the header. */
#include "loader/live/plan.h"

#include "loader/image/relocation.h"
#include "loader/live/describe.h"

#define TYPES_MAX 64 /* above the number of types of any machine that has a table */

static void count_relocations(const struct member *member, uint32_t *counts)
{
    const struct image *image = &member->image;
    struct diagnosis ignored;
    for (uint32_t i = 1; i < image->section_count; i++) {
        struct relocations relocations;
        enum status status;
        if (!relocations_open(image, i, &relocations, &status, &ignored) || status != STATUS_OK)
            continue;
        for (uint32_t k = 0; k < relocations.count; k++) {
            uint32_t type = relocations_get(image, &relocations, k).type;
            counts[type < TYPES_MAX ? type : TYPES_MAX - 1]++;
        }
    }
}

static void tell_relocations(const struct member *member, const struct loader_plan *plan)
{
    uint32_t counts[TYPES_MAX] = {0};
    const struct machine *machine = member->image.machine;
    count_relocations(member, counts);
    for (uint32_t type = 0; type < TYPES_MAX && type < machine->type_count; type++) {
        if (counts[type] != 0)
            plan->relocations(machine->types[type].name, counts[type], plan->context);
    }
}

static void tell_bindings(const struct extension *extension, const struct loader_plan *plan)
{
    for (uint32_t i = 0; i < extension->provider_count; i++) {
        struct loader_extension provider = describe_extension(extension->providers[i]);
        plan->binding(&provider, plan->context);
    }
}

void plan_fill(const struct load *load)
{
    for (struct list *link = load->members.next; link != &load->members; link = link->next) {
        const struct member *member = LIST_ENTRY(link, struct member, link);
        struct loader_extension object = describe_extension(member->extension);
        load->plan->object(&object, member->extension->definition_count, load->plan->context);
        tell_relocations(member, load->plan);
        tell_bindings(member->extension, load->plan);
    }
}
