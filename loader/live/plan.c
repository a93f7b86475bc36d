/* Plans; see the header. */
#include "loader/live/plan.h"

#include "lib/status.h"
#include "loader/live/describe.h"
#include "loader/live/notes.h"
#include "loader/live/state.h"

#define TYPES_MAX 64 /* above the number of types of any machine that has a table */

const struct name_owner plan_absent_owner = {.name = "missing", .is_private = true};

/* Never written: whoever walks over members passes by what is ordered and refused. */
static struct member absent = {.is_ordered = true, .is_refused = true};

void plan_refuse(struct planning *planning, struct diagnosis *diagnosis)
{
    if (planning->plan->refusal != NULL)
        planning->plan->refusal(diagnosis, planning->plan->context);
    if (planning->refusals++ == 0)
        *planning->first = *diagnosis;
    else
        diagnosis_release(diagnosis);
    diagnosis_init(diagnosis);
}

bool plan_goes_on(struct member *member)
{
    struct planning *planning = member->load->planning;
    struct diagnosis *diagnosis = member->load->diagnosis;
    if (planning == NULL || planning->refusals + 1 >= LOADER_PLAN_REASONS_MAX)
        return false;
    bool is_limit =
        diagnosis->status == STATUS_DEPENDENT_LIMIT || diagnosis->status == STATUS_LIBPATH_SEARCHES;
    member_name(member);
    if (!is_limit || !planning->is_limit_told)
        plan_refuse(planning, diagnosis);
    planning->is_limit_told |= is_limit;
    diagnosis_init(diagnosis);
    return true;
}

struct member *plan_without(struct member *member)
{
    return plan_is_full(member) || plan_goes_on(member) ? &absent : NULL;
}

void plan_suppose(struct member *member)
{
    struct extension *extension = member->extension;
    for (uint32_t i = 1; i < extension->symbols.count; i++) {
        if (symbols_is_import(&extension->symbols, i))
            symbols_set_address(&extension->symbols, i, extension->base);
    }
}

void plan_other_places(struct member *member, struct relocating *work, enum status status)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    struct diagnosis other;
    if (member->load->planning == NULL)
        return;
    diagnosis_init(&other);
    unsigned places = 0;
    do {
        relocating_skip(work, status);
        status = relocate(work, &other);
        if (status != STATUS_OK && places++ < PLAN_PLACES_MAX)
            diagnosis_note(diagnosis, "%s: %s", status_sentence(other.status), other.detail);
    } while ((status != STATUS_OK && places <= PLAN_PLACES_MAX) || work->wants_linkage);
    if (places > PLAN_PLACES_MAX)
        diagnosis_note(diagnosis, "there may be more than %d others", PLAN_PLACES_MAX);
}

static void count_relocations(const struct member *member, uint32_t *counts)
{
    struct relocation_walk walk = {.image = &member->image};
    while (relocations_next(&walk)) {
        uint32_t type = walk.relocation.type;
        counts[type < TYPES_MAX ? type : TYPES_MAX - 1]++;
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

static void tell_binding(const char *name, const struct definition *definition, void *context)
{
    const struct loader_plan *plan = context;
    if (definition == NULL) {
        plan->binding(name, 0, NULL, plan->context);
        return;
    }
    const struct extension *owner = CONTAINER_OF(definition->owner, struct extension, owner);
    const struct loader_extension provider = describe_extension(owner);
    plan->binding(name, definition->address, &provider, plan->context);
}

static void tell_object(const struct member *member, struct loader_plan *plan)
{
    struct loader_extension object = describe_extension(member->extension);
    struct import_scope scope = member_scope(member);
    if (plan->object != NULL)
        plan->object(&object, member->extension->definition_count, plan->context);
    if (plan->relocations != NULL)
        tell_relocations(member, plan);
    if (plan->binding != NULL)
        resolve_visit_bindings(&member->image, &scope, tell_binding, plan);
}

enum status plan_tell(const struct load *load)
{
    struct loader_plan plan = *load->planning->plan;
    if (load->planning->refusals != 0)
        return load->planning->first->status;
    for (struct list *link = load->members.next; link != &load->members; link = link->next)
        tell_object(LIST_ENTRY(link, struct member, link), &plan);
    return STATUS_OK;
}
