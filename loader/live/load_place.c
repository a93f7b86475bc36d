/* The steps that give an extension its memory: record, pages, relocated bytes, protections. */
#include "lib/assert.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/image/relocation.h"
#include "loader/live/load.h"

/* Takes `size` bytes, rounded up to keep the next part aligned, off the front of a piece of memory. */
static void *carve(uint8_t **memory, size_t size)
{
    void *part = *memory;
    *memory += ALIGN_UP(size, (size_t)8);
    return part;
}

static size_t carved(size_t size)
{
    return ALIGN_UP(size, (size_t)8);
}

/* "fmt" of "/usr/lib/ext/fmt.a": without folder and without a one-letter suffix. */
static const char *short_name(const char *path, size_t *length)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    *length = strlen(name);
    if (*length > 2 && name[*length - 2] == '.')
        *length -= 2;
    return name;
}

static char *carve_text(uint8_t **memory, const char *text, size_t length)
{
    char *copy = carve(memory, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

static uint32_t count_exports(const struct image *image)
{
    struct export_walk walk = {.image = image};
    struct export_item item;
    uint32_t count = 0;
    while (export_walk_next(&walk, &item))
        count++;
    return count;
}

enum status step_record(struct load *load)
{
    size_t name_length;
    const char *name = short_name(load->path, &name_length);
    size_t path_length = strlen(load->path);
    size_t member_length = strlen(load->member.name);
    uint32_t exports = count_exports(&load->image);
    size_t definitions_size = exports * sizeof(struct definition);
    size_t symbols_bytes = (size_t)symbols_size(&load->image);
    size_t size = carved(sizeof(struct extension)) + carved(definitions_size) +
                  carved(symbols_bytes) + carved(path_length + 1) + carved(member_length + 1) +
                  carved(name_length + 1);
    uint8_t *memory = host_allocate(size);
    if (memory == NULL)
        return diagnose(load->diagnosis, STATUS_NO_MEMORY, "a record of %zu bytes", size);
    struct extension *extension = carve(&memory, sizeof(*extension));
    *extension = (struct extension){.load_count = 1};
    extension->definitions = carve(&memory, definitions_size);
    symbols_copy(&load->image, carve(&memory, symbols_bytes), &extension->symbols);
    extension->path = carve_text(&memory, load->path, path_length);
    extension->member = carve_text(&memory, load->member.name, member_length);
    extension->owner.name = carve_text(&memory, name, name_length);
    load->extension = extension;
    return STATUS_OK;
}

void step_record_back(struct load *load)
{
    host_release(load->extension);
    load->extension = NULL;
}

static void place_symbols(struct load *load)
{
    struct symbols *symbols = &load->extension->symbols;
    for (uint32_t i = 1; i < symbols->count; i++) {
        struct image_symbol symbol = image_symbol(&load->image, i);
        symbols_set_address(
            symbols, i, placement_symbol_address(&load->placement, &symbol, load->extension->base));
    }
}

enum status step_place(struct load *load)
{
    struct extension *extension = load->extension;
    load->offsets = host_allocate(load->image.section_count * sizeof(*load->offsets));
    if (load->offsets == NULL)
        return diagnose(load->diagnosis, STATUS_NO_MEMORY, "places of %u sections",
                        load->image.section_count);
    placement_plan(&load->image, HOST_PAGE_SIZE, load->offsets, &load->placement);
    extension->page_count = load->placement.size_bytes / HOST_PAGE_SIZE;
    memcpy(extension->segments, load->placement.segments, sizeof(extension->segments));
    if (extension->page_count != 0) {
        extension->base = host_pages_allocate(extension->page_count);
        if (extension->base == 0) {
            step_place_back(load);
            return diagnose(load->diagnosis, STATUS_OUT_OF_REACH, "%u bytes of text and data",
                            load->placement.size_bytes);
        }
        placement_fill(&load->image, &load->placement, (uint8_t *)extension->base);
    }
    place_symbols(load);
    return STATUS_OK;
}

void step_place_back(struct load *load)
{
    load_finish(load);
    if (load->extension->base != 0)
        host_pages_free(load->extension->base, load->extension->page_count);
    load->extension->base = 0;
}

enum status step_relocate(struct load *load)
{
    struct extension *extension = load->extension;
    return relocate(&load->image, &load->placement, &extension->symbols, (uint8_t *)extension->base,
                    extension->base, load->diagnosis);
}

/* From here on no page of it is writable and executable, and never was: it was only writable. */
enum status step_seal(struct load *load)
{
    static const enum protection protections[SEGMENT_COUNT] = {
        [SEGMENT_TEXT] = PROTECTION_READ_EXECUTE,
        [SEGMENT_CONSTANTS] = PROTECTION_READ,
        [SEGMENT_DATA] = PROTECTION_READ_WRITE,
    };
    const struct extension *extension = load->extension;
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        const struct segment *segment = &extension->segments[kind];
        size_t pages = ALIGN_UP(segment->size_bytes, HOST_PAGE_SIZE) / HOST_PAGE_SIZE;
        if (pages != 0 && protections[kind] != PROTECTION_READ_WRITE)
            host_pages_protect(extension->base + segment->offset_bytes, pages, protections[kind]);
    }
    return STATUS_OK;
}
