/* The sample object, and running objects through the pure half; see the header. */
#include "tests/host/host_sample.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "loader/image/arrays.h"
#include "loader/image/indirect.h"
#include "loader/image/placement.h"
#include "loader/image/symbols.h"
#include "loader/image/unify.h"
#include "loader/link/resolve.h"
#include "tests/host/host_link.h"
#include "tests/host/support.h"

/* Damaged sizes may ask for hundreds of MiB: those are checked and placed, but not filled. */
#define BLOCK_MAX (4u << 20)

static void add_records(struct elf_builder *elf)
{
    static const char info[] = "license=BSD\0\0author=me";
    static const char files[] = "/unix\0other.a(m.o)";
    struct mod_export exports[] = {
        {SAMPLE_ENTRY, hash_name("entry"), MOD_CLASS_SYSCALL3264},
        {SAMPLE_TABLE, hash_name("table"), MOD_CLASS_SERVICE},
    };
    struct mod_import imports[] = {
        {SAMPLE_PRINTK, hash_name("printk"), 0},
        {SAMPLE_MAYBE, hash_name("maybe"), 0},
    };
    elf_add_section(elf, ".mod.info", SHT_PROGBITS, 0, info, sizeof(info));
    elf_add_section(elf, ".mod.files", SHT_PROGBITS, SHF_ALLOC, files, sizeof(files));
    elf_add_section(elf, ".mod.exports", SHT_PROGBITS, 0, exports, sizeof(exports));
    elf_add_section(elf, ".mod.imports", SHT_PROGBITS, 0, imports, sizeof(imports));
}

static void add_symbols(struct elf_builder *elf)
{
    static const uint8_t function = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    static const uint8_t object = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    static const uint8_t undefined = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
    elf_add_symbol(elf, "helper", SAMPLE_TEXT, 16, ELF64_ST_INFO(STB_LOCAL, STT_FUNC));
    elf_add_symbol(elf, "entry", SAMPLE_TEXT, 0, function);
    elf_add_symbol(elf, "table", SAMPLE_DATA, 8, object);
    elf_add_symbol(elf, "version", SHN_ABS, 0x12345678, object);
    elf_add_symbol(elf, "printk", SHN_UNDEF, 0, undefined);
    elf_add_symbol(elf, "maybe", SHN_UNDEF, 0, ELF64_ST_INFO(STB_WEAK, STT_NOTYPE));
}

static void add_sample_relocations(struct elf_builder *elf)
{
    unsigned text = elf_add_relocations(elf, SAMPLE_TEXT, elf->is_64);
    unsigned data = elf_add_relocations(elf, SAMPLE_DATA, elf->is_64);
    elf_add_relocation(elf, text, 4, elf->is_64 ? R_X86_64_PLT32 : R_386_PLT32, SAMPLE_PRINTK, -4);
    elf_add_relocation(elf, text, 28, elf->is_64 ? R_X86_64_PC32 : R_386_PC32, SAMPLE_HELPER, -4);
    elf_add_relocation(elf, data, 8, elf->is_64 ? R_X86_64_64 : R_386_32, SAMPLE_ENTRY, 0);
    elf_add_relocation(elf, data, 16, elf->is_64 ? R_X86_64_64 : R_386_32, SAMPLE_TABLE, 0);
}

void sample_open(struct elf_builder *elf, bool is_64)
{
    static const char bytes[32];
    elf_open(elf, is_64);
    elf_add_section(elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, bytes, 32);
    elf_add_section(elf, ".rodata", SHT_PROGBITS, SHF_ALLOC, "constant", 8);
    elf_add_section(elf, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes, 24);
    elf_add_section(elf, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, NULL, 100);
    elf_add_section(elf, ".comment", SHT_PROGBITS, 0, "made by hand", 13);
    add_records(elf);
    add_symbols(elf);
    add_sample_relocations(elf);
}

/* Sums up what texts say, so that reading them cannot be left out. */
static volatile size_t letters;

static void read_everything(const struct image *image)
{
    for (uint32_t i = 0; i < image->section_count; i++) {
        struct image_section section = image_section(image, i);
        letters += strlen(section.name) + image_contents(image, &section).size;
    }
    for (uint32_t i = 0; i < image->symbol_count; i++)
        letters += strlen(image_symbol(image, i).name);
    for (uint32_t i = 0; i < image_export_count(image); i++)
        letters += strlen(image_symbol(image, image_export(image, i).symbol).name);
    for (uint32_t i = 0; i < image_import_count(image); i++)
        letters += strlen(image_import_file(image, image_import(image, i).file));
    const char *license = image_info(image, "license");
    letters += license != NULL ? strlen(license) : 0;
}

static void *table_allocate(size_t size_bytes)
{
    return malloc(size_bytes);
}

static void table_release(void *memory, size_t size_bytes UNUSED)
{
    free(memory);
}

static void visit_unresolved(const struct unresolved *unresolved, void *context)
{
    letters += strlen(unresolved->name) + unresolved->place_section;
    ++*(unsigned *)context;
}

/* Every name that it exports is defined for a moment, as loading it would. */
static void define_exports(const struct image *image, const struct symbols *symbols)
{
    static const struct table_memory memory = {table_allocate, table_release};
    struct name_owner owner = {.name = "sample"};
    struct name_space space;
    uint32_t count = image_export_count(image);
    struct definition *definitions = calloc(count + 1, sizeof(*definitions));
    bool *is_defined = calloc(count + 1, sizeof(*is_defined));
    name_space_init(&space, &memory);
    assert_true(name_space_reserve(&space, &owner, count));
    for (uint32_t i = 0; i < count; i++) {
        struct mod_export item = image_export(image, i);
        definitions[i] = (struct definition){.name = symbols_name(symbols, item.symbol),
                                             .address = symbols_address(symbols, item.symbol),
                                             .owner = &owner};
        is_defined[i] = name_space_define(&space, &definitions[i], item.hash) == STATUS_OK;
    }
    for (uint32_t i = 0; i < count; i++)
        if (is_defined[i])
            name_space_remove(&space, &definitions[i]);
    name_space_trim(&space);
    free(is_defined);
    free(definitions);
}

static enum status run_arrays(const struct image *image, const struct placement *placement,
                              const uint8_t *block, uint64_t base, struct diagnosis *diagnosis)
{
    struct functions functions;
    void *scratch = malloc((size_t)arrays_scratch_size(image));
    uintptr_t *entries = malloc(image->function_count * sizeof(*entries));
    enum status status =
        arrays_collect(image, placement, block, base, scratch, entries, &functions, diagnosis);
    for (uint32_t i = 0; status == STATUS_OK && i < functions.before_count + functions.after_count;
         i++)
        letters += functions.entries[i];
    free(entries);
    free(scratch);
    return status;
}

/* Relocates also what has open names, so that both answers are seen; the order is a load's. */
static enum status run_linked(const struct image *image, const struct placement *placement,
                              struct symbols *symbols, uint8_t *block,
                              const struct sample_world *world, struct diagnosis *diagnosis)
{
    struct resolution resolution;
    unsigned visited = 0;
    struct import_scope scope = world->scope;
    scope.origin = world->base;
    resolve(image, symbols, &scope, &resolution);
    resolution_clear(&resolution);
    enum status status = resolution_check(&resolution, image, diagnosis);
    if (status != STATUS_OK)
        return status;
    struct relocating work = {
        .image = image,
        .placement = placement,
        .symbols = symbols,
        .block = block,
        .base = world->base,
    };
    struct host_linkage linkage;
    status = host_relocate(&work, ALIGN_UP(world->base + placement->size_bytes, (uint64_t)4096),
                           &linkage, diagnosis);
    free(linkage.bytes);
    if (status == STATUS_OK && image->array_count != 0)
        status = run_arrays(image, placement, block, world->base, diagnosis);
    if (resolution.unresolved != 0)
        resolve_forget_unneeded(image, symbols, &resolution);
    if (resolution.unresolved == 0)
        return status;
    resolve_visit_unresolved(image, symbols, &scope, visit_unresolved, &visited);
    assert_int_equal(visited, resolution.unresolved);
    return status != STATUS_OK ? status : diagnose(diagnosis, STATUS_UNRESOLVED, "%s", "");
}

static void place_indirect(const struct image *image, struct symbols *symbols, uint64_t address)
{
    struct linkage linkage;
    void *map = malloc((size_t)linkage_map_size(symbols->count) + 1);
    linkage_init(&linkage, image->machine, symbols->count, map);
    indirect_want(image, symbols, &linkage);
    uint64_t size = linkage_size(&linkage, 4096);
    uint8_t *bytes = malloc((size_t)size + 1);
    linkage_fill(&linkage, symbols, bytes, address);
    indirect_place(&linkage, symbols);
    assert_true(linkage.layout.stub_count <= image->indirect_count);
    for (uint32_t i = 0; i < linkage.layout.stub_count; i++)
        linkage_set_target(&linkage, i, linkage_target(&linkage, i));
    free(bytes);
    free(map);
}

static enum status run_placed(const struct image *image, const struct unified *unified,
                              const struct placement *placement, const struct sample_world *world,
                              struct diagnosis *diagnosis)
{
    struct symbols symbols;
    uint8_t *block = malloc(placement->size_bytes);
    void *memory = malloc(symbols_size(image));
    placement_fill(image, placement, block, false);
    symbols_copy(image, memory, &symbols);
    symbols_place(&symbols, image, placement, world->base);
    place_indirect(image, &symbols, world->base + world->block_max);
    unify_place(unified, &symbols, placement, world->base);
    letters += symbols_find(&symbols, world->base + 20);
    define_exports(image, &symbols);
    enum status status = run_linked(image, placement, &symbols, block, world, diagnosis);
    free(memory);
    free(block);
    return status;
}

static enum status run_checked(const struct image *image, const struct unified *unified,
                               const struct sample_world *world, struct diagnosis *diagnosis)
{
    struct placement placement;
    uint32_t *offsets = malloc(image->section_count * sizeof(*offsets));
    enum status status = STATUS_OK;
    read_everything(image);
    status = placement_plan(image, 4096, offsets, &placement, diagnosis);
    if (status == STATUS_OK && placement.size_bytes <= world->block_max)
        status = run_placed(image, unified, &placement, world, diagnosis);
    free(offsets);
    return status;
}

static enum status run_unified(struct image *image, const struct sample_world *world,
                               struct diagnosis *diagnosis)
{
    struct unified unified = {0};
    enum status status = STATUS_OK;
    uint64_t size = unify_size(image);
    void *memory = malloc((size_t)size);
    if (size != 0)
        status = unify(image, memory, &unified, diagnosis);
    if (status == STATUS_OK)
        status = run_checked(image, &unified, world, diagnosis);
    free(memory);
    return status;
}

enum status sample_run_in(struct span file, const struct sample_world *world,
                          struct diagnosis *diagnosis)
{
    struct image image;
    uint8_t *copy = malloc(file.size);
    memcpy(copy, file.bytes, file.size);
    diagnosis_init(diagnosis);
    enum status status = image_check(span_make(copy, file.size), &image, diagnosis);
    letters += image_peek_machine(span_make(copy, file.size)) != NULL;
    letters += image_peek_loadable(span_make(copy, file.size)) != NULL;
    if (status == STATUS_OK)
        status = run_unified(&image, world, diagnosis);
    free(copy);
    return status;
}

enum status sample_run(struct span file, uint64_t base, struct diagnosis *diagnosis)
{
    static const struct table_memory memory = {table_allocate, table_release};
    struct name_space space;
    name_space_init(&space, &memory);
    const struct sample_world world = {
        .scope = {.space = &space}, .base = base, .block_max = BLOCK_MAX};
    return sample_run_in(file, &world, diagnosis);
}
