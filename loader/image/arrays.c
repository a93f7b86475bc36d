/* Arrays of functions; see the header. */
#include "loader/image/arrays.h"

#include <elf.h>

#include "lib/sort.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/image/check.h"

#define PRIORITY_MAX   65535u
#define PRIORITY_PLAIN (PRIORITY_MAX + 1) /* without one: last */

enum when { WHEN_FIRST, WHEN_BEFORE, WHEN_AFTER };

/* A section of functions, as it is sorted. */
struct array {
    uint32_t section;
    uint32_t priority;
    uint8_t when;         /* enum when */
    bool is_from_its_end; /* in the order of which that after is the reverse */
};

static const struct form {
    const char *name;
    uint32_t type; /* that has the same meaning, or 0 */
    uint8_t when;
    bool is_old; /* .ctors and .dtors: from the end, priorities the other way round */
} forms[] = {
    {".preinit_array", SHT_PREINIT_ARRAY, WHEN_FIRST, false},
    {".init_array", SHT_INIT_ARRAY, WHEN_BEFORE, false},
    {".fini_array", SHT_FINI_ARRAY, WHEN_AFTER, false},
    {".ctors", 0, WHEN_BEFORE, true},
    {".dtors", 0, WHEN_AFTER, true},
};

/* The name, alone or with something behind a dot. */
static bool is_named(const char *name, const char *form)
{
    size_t length = strlen(form);
    return text_starts_with(name, form) && (name[length] == '\0' || name[length] == '.');
}

static const struct form *form_of(const struct image_section *section)
{
    const char letter = section->name[0] == '.' ? section->name[1] : '\0';
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        if ((forms[i].type != 0 && section->type == forms[i].type) ||
            (letter == forms[i].name[1] && is_named(section->name, forms[i].name)))
            return &forms[i];
    }
    return NULL;
}

bool arrays_has(const struct image_section *section)
{
    return section->type != SHT_NOBITS && form_of(section) != NULL;
}

/* The number behind a name's last dot; what is none, or too large, is as good as no priority. */
static uint32_t priority_of(const struct form *form, const char *name)
{
    const char *digit = name + strlen(form->name);
    uint32_t number = 0;
    if (!text_starts_with(name, form->name) || digit[0] != '.' || digit[1] == '\0')
        return PRIORITY_PLAIN;
    for (digit++; *digit >= '0' && *digit <= '9' && number <= PRIORITY_MAX; digit++)
        number = 10 * number + (uint32_t)(*digit - '0');
    if (*digit != '\0' || number > PRIORITY_MAX)
        return PRIORITY_PLAIN;
    return form->is_old ? PRIORITY_MAX - number : number;
}

uint64_t arrays_scratch_size(const struct image *image)
{
    return (uint64_t)image->array_count * (sizeof(struct array) + sizeof(void *));
}

static int compare_arrays(const void *left, const void *right)
{
    const struct array *a = left;
    const struct array *b = right;
    if (a->when != b->when)
        return a->when - b->when;
    if (a->priority != b->priority)
        return (int)a->priority - (int)b->priority;
    return (int)a->section - (int)b->section; /* far below 2^31, both of them */
}

static uint32_t sort_arrays(const struct image *image, struct array *arrays, const void **pointers)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < image->section_count; i++) {
        struct image_section section = image_section(image, i);
        if (!image_section_is_loaded(&section) || !arrays_has(&section))
            continue;
        const struct form *form = form_of(&section);
        ASSERT(count < image->array_count);
        arrays[count] = (struct array){
            .section = i,
            .priority = priority_of(form, section.name),
            .when = form->when,
            .is_from_its_end = form->is_old,
        };
        pointers[count] = &arrays[count];
        count++;
    }
    sort_pointers(pointers, count, compare_arrays);
    return count;
}

/* Where the functions of one object may be. */
struct code {
    uint64_t start;
    uint64_t size;
};

static enum status check_entry(const struct image *image, const struct code *code, uint32_t section,
                               uint32_t number, uint64_t entry, struct diagnosis *diagnosis)
{
    if (entry - code->start < code->size)
        return STATUS_OK;
    return diagnose(diagnosis, STATUS_ARRAY_ENTRY, "section %u (%s) entry %u: 0x%llx", section,
                    image_section(image, section).name, number, HEX(entry));
}

/* Appends the functions of one section. */
static enum status collect_array(const struct image *image, const struct array *array,
                                 const uint8_t *bytes, const struct code *code, uintptr_t *entries,
                                 uint32_t *count, struct diagnosis *diagnosis)
{
    bool is_64 = image->machine->is_64;
    uint32_t width = is_64 ? sizeof(uint64_t) : sizeof(uint32_t);
    uint32_t total = (uint32_t)(image_section(image, array->section).size / width);
    uint64_t none = is_64 ? UINT64_MAX : UINT32_MAX;
    for (uint32_t i = 0; i < total; i++) {
        uint32_t number = array->is_from_its_end ? total - 1 - i : i;
        const uint8_t *place = bytes + (size_t)number * width;
        uint64_t entry = is_64 ? load_u64(place) : load_u32(place);
        if (entry == 0 || entry == none)
            continue;
        enum status status = check_entry(image, code, array->section, number, entry, diagnosis);
        if (status != STATUS_OK)
            return status;
        entries[(*count)++] = (uintptr_t)entry;
    }
    return STATUS_OK;
}

static void reverse(uintptr_t *entries, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        uintptr_t kept = entries[i];
        entries[i] = entries[count - 1 - i];
        entries[count - 1 - i] = kept;
    }
}

enum status arrays_collect(const struct image *image, const struct placement *placement,
                           const uint8_t *block, uint64_t base, void *scratch, uintptr_t *entries,
                           struct functions *functions, struct diagnosis *diagnosis)
{
    const struct segment *text = &placement->segments[SEGMENT_TEXT];
    const struct code code = {base + text->offset_bytes, text->size_bytes};
    const void **pointers = scratch;
    uint32_t array_count =
        sort_arrays(image, (struct array *)(pointers + image->array_count), pointers);
    uint32_t count = 0;
    *functions = (struct functions){.entries = entries};
    for (uint32_t i = 0; i < array_count; i++) {
        const struct array *array = pointers[i];
        const uint8_t *bytes = block + placement->offsets[array->section];
        enum status status = collect_array(image, array, bytes, &code, entries, &count, diagnosis);
        if (status != STATUS_OK)
            return status;
        if (array->when != WHEN_AFTER)
            functions->before_count = count;
    }
    functions->after_count = count - functions->before_count;
    reverse(entries + functions->before_count, functions->after_count);
    return STATUS_OK;
}
