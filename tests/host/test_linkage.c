/*
 * What the loader adds to an object: slots of the table of addresses, call stubs, and instructions that
 * are rewritten to do without them; each formula at its edges, in both classes and both forms of addend.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "loader/image/relaxation.h"
#include "loader/image/relocation.h"
#include "tests/host/host_elf.h"
#include "tests/host/host_link.h"
#include "tests/host/support.h"

#define CODE_SIZE   48
#define ENTRIES_MAX 6
#define SYMBOLS_MAX 4
#define PAGE_SIZE   4096

/* Code with relocations of absolute symbols; symbol n, from 1, has addresses[n - 1]. */
struct scene {
    bool is_64;
    bool has_addend;
    uint64_t base;
    uint64_t linkage; /* where slots and stubs will be */
    uint64_t addresses[SYMBOLS_MAX];
    uint8_t code[CODE_SIZE];
    struct {
        uint64_t offset;
        uint32_t type;
        uint32_t symbol;
        int64_t addend;
    } entries[ENTRIES_MAX]; /* ended by type 0 */
    bool is_data;
};

static uint8_t result[CODE_SIZE];
static struct host_linkage linkage;
static struct diagnosis diagnosis;

static void put_addend(struct scene *scene, size_t entry)
{
    const struct machine *machine = scene->is_64 ? &machine_x86_64 : &machine_i386;
    memcpy(scene->code + scene->entries[entry].offset, &scene->entries[entry].addend,
           machine->types[scene->entries[entry].type].width_bytes);
}

static void build(struct scene *scene, struct elf_builder *elf)
{
    size_t count = 0;
    elf_open(elf, scene->is_64);
    for (; count < ENTRIES_MAX && scene->entries[count].type != 0; count++)
        if (!scene->has_addend)
            put_addend(scene, count);
    elf_add_section(elf, ".text", SHT_PROGBITS,
                    SHF_ALLOC | (scene->is_data ? SHF_WRITE : SHF_EXECINSTR), scene->code,
                    CODE_SIZE);
    for (size_t i = 0; i < SYMBOLS_MAX; i++)
        elf_add_symbol(elf, "symbol", SHN_ABS, scene->addresses[i],
                       ELF64_ST_INFO(STB_GLOBAL, STT_FUNC));
    unsigned section = elf_add_relocations(elf, ELF_FIRST, scene->has_addend);
    for (size_t i = 0; i < count; i++)
        elf_add_relocation(elf, section, scene->entries[i].offset, scene->entries[i].type,
                           scene->entries[i].symbol, scene->entries[i].addend);
    elf_close(elf);
}

/* The code as relocated is in `result`, slots and stubs in `linkage`. */
static enum status run(struct scene scene)
{
    struct elf_builder elf;
    struct image image;
    struct placement placement;
    struct symbols symbols;
    uint32_t offsets[ELF_SECTIONS_MAX];
    build(&scene, &elf);
    diagnosis_init(&diagnosis);
    assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
    assert_int_equal(placement_plan(&image, PAGE_SIZE, offsets, &placement, &diagnosis), STATUS_OK);
    uint8_t *block = malloc(placement.size_bytes);
    uint8_t *memory = malloc(symbols_size(&image));
    placement_fill(&image, &placement, block, false);
    symbols_copy(&image, memory, &symbols);
    symbols_place(&symbols, &image, &placement, scene.base);
    struct relocating work = {&image, &placement, &symbols, block, .base = scene.base};
    free(linkage.bytes);
    enum status status = host_relocate(&work, scene.linkage, &linkage, &diagnosis);
    memcpy(result, block, CODE_SIZE);
    free(memory);
    free(block);
    elf_destroy(&elf);
    return status;
}

static uint64_t number_at(const uint8_t *bytes, unsigned width)
{
    uint64_t value = 0;
    memcpy(&value, bytes, width);
    return value;
}

static uint64_t slot(unsigned number)
{
    return number_at(linkage.bytes + number * 8u, 8);
}

static uint32_t slot_32(unsigned number)
{
    return (uint32_t)number_at(linkage.bytes + number * 4u, 4);
}

/* In both forms of addend the first entry's place gets `value`. */
static void expect_place(struct scene scene, unsigned width, uint64_t value)
{
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        scene.has_addend = has_addend;
        if (run(scene) != STATUS_OK)
            fail_msg("E%d %s", diagnosis.status, diagnosis.detail);
        assert_int_equal(number_at(result + scene.entries[0].offset, width),
                         width == 8 ? value : (uint32_t)value);
    }
}

static void expect_refusal(struct scene scene, enum status status, const char *detail)
{
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        scene.has_addend = has_addend;
        assert_int_equal(run(scene), status);
        if (strstr(diagnosis.detail, detail) == NULL)
            fail_msg("no \"%s\" in: %s", detail, diagnosis.detail);
    }
}

/* The code as it comes to be, in both forms of addend. */
static void expect_code(struct scene scene, const char *code, size_t size)
{
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        scene.has_addend = has_addend;
        if (run(scene) != STATUS_OK)
            fail_msg("E%d %s", diagnosis.status, diagnosis.detail);
        assert_memory_equal(result, code, size);
    }
}

#define KERNEL 0xffffffff80000000ull
#define FAR    0x123456789000ull

static void a_slot_holds_the_address_of_its_symbol(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = KERNEL, .linkage = KERNEL + 0x10000};
    scene.addresses[1] = FAR;
    scene.entries[0].type = R_X86_64_GOTPCREL;
    scene.entries[0].offset = 7;
    scene.entries[0].symbol = 2;
    scene.entries[0].addend = -4;
    expect_place(scene, 4, 0x10000 - 4 - 7);
    assert_int_equal(slot(0), FAR);
    assert_int_equal(linkage.layout.slot_count, 1);
    assert_int_equal(linkage.layout.stub_count, 0);
    assert_int_equal(linkage.layout.table_bytes, PAGE_SIZE);
    assert_int_equal(linkage.layout.stubs_bytes, 0);
    for (unsigned i = 8; i < PAGE_SIZE; i++)
        assert_int_equal(linkage.bytes[i], 0);
}

static void a_symbol_has_one_slot(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .has_addend = true, .linkage = 0x10000};
    scene.addresses[0] = FAR;
    scene.addresses[2] = FAR + 1;
    for (unsigned i = 0; i < 4; i++) {
        scene.entries[i].type = i % 2 ? R_X86_64_GOT64 : R_X86_64_GOTPCREL64;
        scene.entries[i].offset = 8 * i;
        scene.entries[i].symbol = i < 2 ? 3 : 1;
    }
    assert_int_equal(run(scene), STATUS_OK);
    assert_int_equal(linkage.layout.slot_count, 2);
    assert_int_equal(slot(0), FAR + 1);
    assert_int_equal(slot(1), FAR);
    assert_int_equal(number_at(result, 8), 0x10000);
    assert_int_equal(number_at(result + 8, 8), 0x10000);
    assert_int_equal(number_at(result + 16, 8), 0x10008 - 16);
    assert_int_equal(number_at(result + 24, 8), 0x10008);
}

static void x86_64_offsets_to_slots_fit_31_bits_and_a_sign(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = 0x100000000, .linkage = 0x180000000};
    scene.code[8] = 0x05; /* on i386 it would say that there is no base register */
    scene.entries[0].type = R_X86_64_GOTPCREL;
    scene.entries[0].offset = 9;
    scene.entries[0].symbol = 1;
    scene.entries[0].addend = 8;
    expect_place(scene, 4, 0x7fffffff);
    scene.entries[0].addend = 9;
    expect_refusal(scene, STATUS_RELOCATION_OVERFLOW, "R_X86_64_GOTPCREL) at .text+0x9");
    scene.linkage = 0x80000000;
    expect_place(scene, 4, 0x80000000);
    scene.entries[0].addend = 8;
    expect_refusal(scene, STATUS_RELOCATION_OVERFLOW, "value 0xffffffff7fffffff");
    scene.entries[0].type = R_X86_64_GOT32;
    scene.entries[0].addend = 0;
    expect_place(scene, 4, 0x80000000);
    scene.entries[0].addend = -1;
    expect_refusal(scene, STATUS_RELOCATION_OVERFLOW, "R_X86_64_GOT32");
    scene.linkage = 0x180000000;
    expect_place(scene, 4, 0x7fffffff);
    scene.entries[0].addend = 0;
    expect_refusal(scene, STATUS_RELOCATION_OVERFLOW, "value 0x80000000");
}

static void wide_offsets_to_slots_reach_everywhere(void **state)
{
    (void)state;
    static const uint32_t types[] = {R_X86_64_GOT64, R_X86_64_GOTPLT64};
    struct scene scene = {.is_64 = true, .base = KERNEL, .linkage = 0x7000};
    scene.entries[0].symbol = 1;
    scene.entries[0].offset = 16;
    scene.entries[0].addend = 5;
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        scene.entries[0].type = types[i];
        expect_place(scene, 8, 0x7005 - KERNEL);
    }
    scene.entries[0].type = R_X86_64_GOTPCREL64;
    expect_place(scene, 8, 0x7005 - (KERNEL + 16));
}

static void offsets_from_the_origin_agree(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = KERNEL};
    scene.addresses[0] = FAR;
    scene.entries[0].symbol = 1;
    scene.entries[0].offset = 8;
    scene.entries[0].addend = 3;
    scene.entries[0].type = R_X86_64_GOTOFF64;
    expect_place(scene, 8, FAR + 3 - KERNEL);
    scene.entries[0].type = R_X86_64_PLTOFF64;
    expect_place(scene, 8, FAR + 3 - KERNEL);
    scene.entries[0].type = R_X86_64_GOTPC64;
    expect_place(scene, 8, (uint64_t)(3 - 8));
    scene.entries[0].type = R_X86_64_GOTPC32;
    expect_place(scene, 4, (uint32_t)(3 - 8));
    /* None of these needs a table. */
    assert_null(linkage.bytes);
    scene.is_64 = false;
    scene.base = 0xc0001000;
    scene.entries[0].type = R_386_GOTOFF;
    expect_place(scene, 4, (uint32_t)FAR + 3 - 0xc0001000);
    scene.entries[0].type = R_386_GOTPC;
    expect_place(scene, 4, (uint32_t)(3 - 8));
    assert_null(linkage.bytes);
}

static void x86_64_gotpc32_fits_31_bits_and_a_sign(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .has_addend = true, .base = KERNEL};
    scene.entries[0].type = R_X86_64_GOTPC32;
    scene.entries[0].symbol = 1;
    scene.entries[0].offset = 8;
    scene.entries[0].addend = 0x7fffffff + 8ll;
    assert_int_equal(run(scene), STATUS_OK);
    assert_int_equal(number_at(result + 8, 4), 0x7fffffff);
    scene.entries[0].addend++;
    assert_int_equal(run(scene), STATUS_RELOCATION_OVERFLOW);
    scene.entries[0].addend = 8 - 0x80000000ll;
    assert_int_equal(run(scene), STATUS_OK);
    scene.entries[0].addend--;
    assert_int_equal(run(scene), STATUS_RELOCATION_OVERFLOW);
}

/* push sym@GOT(%ebx) is not relaxed, nor is anything of plain GOT32. */
static void i386_slots_are_offsets_or_addresses(void **state)
{
    (void)state;
    static const uint32_t types[] = {R_386_GOT32, R_386_GOT32X};
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        struct scene scene = {.base = 0x2000, .linkage = 0xfffff000, .code = {0xff, 0xb3}};
        scene.addresses[0] = 0xabcdef01;
        scene.entries[0].type = types[i];
        scene.entries[0].symbol = 1;
        scene.entries[0].offset = 2;
        scene.entries[0].addend = 1;
        expect_place(scene, 4, 0xfffff001 - 0x2000);
        assert_int_equal(slot_32(0), 0xabcdef01);
        scene.code[1] = 0x35; /* without a base register */
        expect_place(scene, 4, 0xfffff001);
        /* Data is no instruction, whatever the byte before it looks like. */
        scene.is_data = true;
        expect_place(scene, 4, 0xfffff001 - 0x2000);
        scene.is_data = false;
        scene.entries[0].offset = 0;
        expect_place(scene, 4, 0xfffff001 - 0x2000);
    }
}

static struct scene call_scene(uint64_t target)
{
    struct scene scene = {.is_64 = true, .base = KERNEL, .linkage = KERNEL + 0x10000};
    scene.addresses[0] = target;
    scene.code[0] = 0xe8;
    scene.entries[0].type = R_X86_64_PLT32;
    scene.entries[0].symbol = 1;
    scene.entries[0].offset = 1;
    scene.entries[0].addend = -4;
    return scene;
}

static void a_call_out_of_reach_goes_through_a_stub(void **state)
{
    (void)state;
    struct scene scene = call_scene(FAR);
    expect_place(scene, 4, 0x10000 + PAGE_SIZE - 5);
    assert_int_equal(linkage.layout.stub_count, 1);
    assert_int_equal(linkage.layout.slot_count, 0);
    assert_int_equal(linkage.layout.stubs_bytes, PAGE_SIZE);
    assert_int_equal(slot(0), FAR);
    /* jmp *slot(%rip); the rest of the page stops whoever strays into it. */
    const uint8_t *stub = linkage.bytes + PAGE_SIZE;
    assert_memory_equal(stub, "\xff\x25", 2);
    assert_int_equal((uint32_t)number_at(stub + 2, 4), (uint32_t)(-PAGE_SIZE - 6));
    for (unsigned i = 6; i < PAGE_SIZE; i++)
        assert_int_equal(stub[i], 0xcc);
}

static void a_call_within_reach_has_no_stub(void **state)
{
    (void)state;
    uint64_t end = KERNEL + 5;
    expect_place(call_scene(end + 0x7fffffff), 4, 0x7fffffff);
    assert_null(linkage.bytes);
    expect_place(call_scene(end + 0x80000000), 4, 0x10000 + PAGE_SIZE - 5);
    expect_place(call_scene(end - 0x80000000), 4, 0x80000000);
    assert_null(linkage.bytes);
    expect_place(call_scene(end - 0x80000001), 4, 0x10000 + PAGE_SIZE - 5);
    /* Nobody has it, and 0 is near enough. */
    expect_place(call_scene(0), 4, (uint32_t)(0 - end));
    assert_null(linkage.bytes);
}

static void a_weak_call_to_nobody_has_a_stub_when_0_is_far(void **state)
{
    (void)state;
    struct scene scene = call_scene(0);
    scene.base = 0x500000000;
    scene.linkage = 0x500010000;
    expect_place(scene, 4, 0x10000 + PAGE_SIZE - 5);
    assert_int_equal(slot(0), 0);
}

static void only_a_call_gets_a_stub(void **state)
{
    (void)state;
    struct scene scene = call_scene(FAR);
    scene.entries[0].addend = -3;
    expect_refusal(scene, STATUS_RELOCATION_OVERFLOW, "value 0x1234d6788ffc");
    scene.entries[0].addend = -4;
    scene.entries[0].type = R_X86_64_PC32;
    expect_refusal(scene, STATUS_RELOCATION_OVERFLOW, "(R_X86_64_PC32) at .text+0x1");
    /* Not even beside one that has a stub. */
    scene.entries[1] = scene.entries[0];
    scene.entries[0].type = R_X86_64_PLT32;
    scene.entries[1].offset = 9;
    expect_refusal(scene, STATUS_RELOCATION_OVERFLOW, "(R_X86_64_PC32) at .text+0x9");
}

static void a_stub_must_be_within_reach_itself(void **state)
{
    (void)state;
    struct scene scene = call_scene(FAR);
    scene.linkage = KERNEL - 0x100000000;
    expect_refusal(scene, STATUS_RELOCATION_OVERFLOW, "R_X86_64_PLT32");
}

static void a_symbol_has_one_stub_beside_its_slot(void **state)
{
    (void)state;
    struct scene scene = call_scene(FAR);
    scene.has_addend = true;
    scene.addresses[3] = FAR + 0x100;
    for (unsigned i = 1; i < 4; i++) {
        scene.entries[i] = scene.entries[0];
        scene.entries[i].offset = 1 + 8 * i;
    }
    scene.entries[1].symbol = 4;
    scene.entries[3].type = R_X86_64_GOTPCREL;
    assert_int_equal(run(scene), STATUS_OK);
    assert_int_equal(linkage.layout.stub_count, 2);
    assert_int_equal(linkage.layout.slot_count, 1);
    assert_int_equal(slot(0), FAR);
    assert_int_equal(slot(1), FAR + 0x100);
    assert_int_equal(slot(2), FAR);
    assert_int_equal(number_at(result + 1, 4), 0x11000 - 5);
    assert_int_equal(number_at(result + 9, 4), 0x11008 - 13);
    assert_int_equal(number_at(result + 17, 4), 0x11000 - 21);
    assert_int_equal(number_at(result + 25, 4), 0x10010 - 29);
}

/* Addends at places that were relocated before the first slot was needed are used up. */
static void what_was_applied_before_is_not_applied_again(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = 0x1000, .linkage = 0x10000};
    scene.addresses[0] = 0x5000;
    scene.entries[0].type = R_X86_64_64;
    scene.entries[0].symbol = 1;
    scene.entries[0].addend = 7;
    scene.entries[1].type = R_X86_64_GOTPCREL;
    scene.entries[1].symbol = 1;
    scene.entries[1].offset = 8;
    scene.entries[1].addend = -4;
    scene.entries[2] = scene.entries[0];
    scene.entries[2].offset = 16;
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        scene.has_addend = has_addend;
        assert_int_equal(run(scene), STATUS_OK);
        assert_int_equal(number_at(result, 8), 0x5007);
        assert_int_equal(number_at(result + 8, 4), 0x10000 - 4 - 0x1008);
        assert_int_equal(number_at(result + 16, 8), 0x5007);
    }
}

/* It names a slot still, but its instruction does not read it any more. */
static void what_was_relaxed_before_has_no_slot(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = 0x1000, .linkage = 0x10000, .has_addend = true};
    memcpy(scene.code, "\x8b\x05", 2);
    scene.entries[0].type = R_X86_64_GOTPCRELX;
    scene.entries[0].symbol = 1;
    scene.entries[0].offset = 2;
    scene.entries[0].addend = -4;
    scene.entries[1].type = R_X86_64_GOTPCREL;
    scene.entries[1].symbol = 2;
    scene.entries[1].offset = 8;
    assert_int_equal(run(scene), STATUS_OK);
    assert_int_equal(linkage.layout.slot_count, 1);
}

/* The second entry makes the third one's instruction something else, after slots have been counted. */
static void an_instruction_changed_by_another_relocation_is_refused(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = 0x1000, .linkage = 0x10000, .has_addend = true};
    memcpy(scene.code + 8, "\x48\x8b\x05", 3);
    scene.addresses[1] = 0x5000;
    scene.addresses[2] = 0x3b;
    scene.entries[0].type = R_X86_64_GOTPCREL;
    scene.entries[0].symbol = 1;
    scene.entries[1].type = R_X86_64_8;
    scene.entries[1].symbol = 3;
    scene.entries[1].offset = 9;
    scene.entries[2].type = R_X86_64_REX_GOTPCRELX;
    scene.entries[2].symbol = 2;
    scene.entries[2].offset = 11;
    scene.entries[2].addend = -4;
    assert_int_equal(run(scene), STATUS_OK); /* cmp can be relaxed too */
    scene.addresses[2] = 0x63;               /* movsxd cannot */
    assert_int_equal(run(scene), STATUS_RELOCATION_OVERLAP);
    assert_non_null(strstr(diagnosis.detail, "entry 2: type 42 (R_X86_64_REX_GOTPCRELX)"));
}

/* They are refused when it is their turn, not when slots are counted. */
static void bad_entries_behind_the_first_slot_are_refused(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = 0x1000, .linkage = 0x10000, .has_addend = true};
    scene.entries[0].type = R_X86_64_GOTPCREL;
    scene.entries[0].symbol = 1;
    scene.entries[1] = scene.entries[0];
    scene.entries[1].symbol = SYMBOLS_MAX + 1;
    assert_int_equal(run(scene), STATUS_RELOCATION_SYMBOL);
    assert_non_null(strstr(diagnosis.detail, "symbol 5 (none) = 0x0"));
    scene.entries[1].symbol = 2;
    scene.entries[1].offset = CODE_SIZE - 3;
    assert_int_equal(run(scene), STATUS_RELOCATION_PLACE);
    assert_null(strstr(diagnosis.detail, "value"));
    assert_int_equal(linkage.layout.slot_count, 1);
}

static void a_plain_slot_relocation_is_not_relaxed(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = 0x1000, .linkage = 0x10000};
    memcpy(scene.code, "\x48\x8b\x05", 3);
    scene.addresses[0] = 0x5000;
    scene.entries[0].type = R_X86_64_GOTPCREL;
    scene.entries[0].symbol = 1;
    scene.entries[0].offset = 3;
    scene.entries[0].addend = -4;
    expect_code(scene, "\x48\x8b\x05\xf9\xef\0\0", 7);
    scene.is_64 = false;
    scene.entries[0].type = R_386_GOT32;
    scene.entries[0].addend = 0;
    expect_code(scene, "\x48\x8b\x05\0\0\x01\0", 7);
}

/* An instruction with its place at RELAXATION_BEFORE, and what it becomes; NULL: it stays. */
struct relaxed {
    enum relocation_relaxation kind;
    uint64_t symbol;
    int64_t addend;
    const char *before;
    const char *after;
};

#define PLACE 0xffffffffa0001003ull
#define NEAR  0xffffffffa0002007ull
#define LOW   0x12345678ull

static void expect_relaxed(const struct relaxed *r)
{
    uint8_t bytes[RELAXATION_SIZE];
    struct relaxation relaxation = {r->kind, r->addend, r->symbol, PLACE};
    memcpy(bytes, r->before, sizeof(bytes));
    bool is_relaxed = relax(&relaxation, bytes);
    if (is_relaxed != (r->after != NULL) ||
        memcmp(bytes, is_relaxed ? r->after : r->before, sizeof(bytes)) != 0)
        fail_msg("%02x %02x %02x of 0x%llx became %02x %02x %02x %02x %02x %02x %02x",
                 (uint8_t)r->before[0], (uint8_t)r->before[1], (uint8_t)r->before[2],
                 (unsigned long long)r->symbol, bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                 bytes[5], bytes[6]);
}

#define RIP(symbol, before, after)                                                                 \
    {                                                                                              \
        RELAXATION_RIP, symbol, -4, before "\1\2\3\4", after                                       \
    }
#define REX_RIP(symbol, before, after)                                                             \
    {                                                                                              \
        RELAXATION_REX_RIP, symbol, -4, before "\1\2\3\4", after                                   \
    }
#define DISP32(symbol, before, after)                                                              \
    {                                                                                              \
        RELAXATION_DISP32, symbol, 0, before "\0\0\0\0", after                                     \
    }

static void x86_64_instructions_are_relaxed(void **state)
{
    (void)state;
    static const struct relaxed cases[] = {
        /* call and jmp become direct; the jump is a byte shorter. */
        RIP(NEAR, "\x55\xff\x15", "\x55\x67\xe8\x00\x10\x00\x00"),
        RIP(NEAR, "\x55\xff\x25", "\x55\xe9\x01\x10\x00\x00\x90"),
        RIP(PLACE + 4 + 0x7fffffff, "\x55\xff\x15", "\x55\x67\xe8\xff\xff\xff\x7f"),
        RIP(PLACE + 4 + 0x80000000, "\x55\xff\x15", NULL),
        RIP(PLACE + 4 - 0x80000000, "\x55\xff\x15", "\x55\x67\xe8\x00\x00\x00\x80"),
        RIP(PLACE + 3 - 0x80000000, "\x55\xff\x15", NULL),
        RIP(PLACE + 3 + 0x7fffffff, "\x55\xff\x25", "\x55\xe9\xff\xff\xff\x7f\x90"),
        RIP(PLACE + 3 + 0x80000000, "\x55\xff\x25", NULL),
        /* push reads the slot, and nothing else that begins with ff may be touched. */
        RIP(NEAR, "\x55\xff\x35", NULL),
        RIP(NEAR, "\x55\xff\x1d", NULL),
        /* A 32-bit mov takes what zero-extends, else the address from %rip. */
        RIP(LOW, "\x55\x8b\x05", "\x55\xc7\xc0\x78\x56\x34\x12"),
        RIP(0xffffffff, "\x55\x8b\x3d", "\x55\xc7\xc7\xff\xff\xff\xff"),
        RIP(0x100000000, "\x55\x8b\x05", NULL),
        RIP(NEAR, "\x55\x8b\x1d", "\x55\x8d\x1d\x00\x10\x00\x00"),
        /* A 64-bit one what sign-extends; the register's fourth bit moves from R to B. */
        REX_RIP(NEAR, "\x48\x8b\x05", "\x48\xc7\xc0\x07\x20\x00\xa0"),
        REX_RIP(NEAR, "\x4c\x8b\x05", "\x49\xc7\xc0\x07\x20\x00\xa0"),
        REX_RIP(LOW, "\x4c\x8b\x3d", "\x49\xc7\xc7\x78\x56\x34\x12"),
        REX_RIP(0x7fffffff, "\x48\x8b\x05", "\x48\xc7\xc0\xff\xff\xff\x7f"),
        REX_RIP(0x80000000, "\x48\x8b\x05", NULL),
        REX_RIP(0xffffffff80000000, "\x48\x8b\x05", "\x48\xc7\xc0\x00\x00\x00\x80"),
        REX_RIP(0xffffffff7fffffff, "\x48\x8b\x05", "\x48\x8d\x05\xf8\xef\xff\xdf"),
        REX_RIP(0xffffffff7fffffff, "\x4c\x8b\x05", "\x4c\x8d\x05\xf8\xef\xff\xdf"),
        REX_RIP(0xffffffff20001006, "\x48\x8b\x05", NULL),
        /* With a prefix but without its W bit it is a 32-bit operation. */
        REX_RIP(0xffffffff, "\x44\x8b\x05", "\x41\xc7\xc0\xff\xff\xff\xff"),
        REX_RIP(NEAR, "\x44\x8b\x05", "\x44\x8d\x05\x00\x10\x00\x00"),
        /* test and the eight operations. */
        REX_RIP(NEAR, "\x48\x85\x0d", "\x48\xf7\xc1\x07\x20\x00\xa0"),
        REX_RIP(LOW, "\x4c\x85\x0d", "\x49\xf7\xc1\x78\x56\x34\x12"),
        RIP(LOW, "\x55\x85\x0d", "\x55\xf7\xc1\x78\x56\x34\x12"),
        RIP(NEAR, "\x55\x85\x0d", NULL),
        REX_RIP(LOW, "\x48\x03\x15", "\x48\x81\xc2\x78\x56\x34\x12"),
        REX_RIP(LOW, "\x48\x0b\x15", "\x48\x81\xca\x78\x56\x34\x12"),
        REX_RIP(LOW, "\x48\x13\x15", "\x48\x81\xd2\x78\x56\x34\x12"),
        REX_RIP(LOW, "\x48\x1b\x15", "\x48\x81\xda\x78\x56\x34\x12"),
        REX_RIP(LOW, "\x48\x23\x15", "\x48\x81\xe2\x78\x56\x34\x12"),
        REX_RIP(LOW, "\x48\x2b\x15", "\x48\x81\xea\x78\x56\x34\x12"),
        REX_RIP(LOW, "\x48\x33\x15", "\x48\x81\xf2\x78\x56\x34\x12"),
        REX_RIP(LOW, "\x4c\x3b\x15", "\x49\x81\xfa\x78\x56\x34\x12"),
        REX_RIP(0x80000000, "\x48\x3b\x05", NULL),
        RIP(0xffffffff, "\x55\x3b\x05", "\x55\x81\xf8\xff\xff\xff\xff"),
        RIP(0x100000000, "\x55\x3b\x05", NULL),
        /* What stands before an instruction without a prefix is not its. */
        RIP(0xffffffff, "\x48\x3b\x05", "\x48\x81\xf8\xff\xff\xff\xff"),
        /* What only looks like one of them. */
        REX_RIP(LOW, "\x58\x8b\x05", NULL),
        REX_RIP(LOW, "\x48\x8b\x04", NULL),
        REX_RIP(LOW, "\x48\x8b\x85", NULL),
        REX_RIP(LOW, "\x48\x8b\xc5", NULL),
        REX_RIP(LOW, "\x48\x89\x05", NULL),
        REX_RIP(LOW, "\x48\x43\x05", NULL),
        REX_RIP(LOW, "\x48\x01\x05", NULL),
        {RELAXATION_REX_RIP, LOW, 0, "\x48\x8b\x05\1\2\3\4", NULL},
        {RELAXATION_RIP, NEAR, -3, "\x55\xff\x15\1\2\3\4", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        expect_relaxed(&cases[i]);
}

static void i386_instructions_are_relaxed(void **state)
{
    (void)state;
    static const struct relaxed cases[] = {
        DISP32(NEAR, "\x55\xff\x93", "\x55\x67\xe8\x00\x10\x00\x00"),
        DISP32(NEAR, "\x55\xff\x15", "\x55\x67\xe8\x00\x10\x00\x00"),
        DISP32(NEAR, "\x55\xff\xa3", "\x55\xe9\x01\x10\x00\x00\x90"),
        DISP32(NEAR, "\x55\xff\x25", "\x55\xe9\x01\x10\x00\x00\x90"),
        DISP32(PLACE + 4 + 0x80000000, "\x55\xff\x93", "\x55\x67\xe8\x00\x00\x00\x80"),
        DISP32(NEAR, "\x55\xff\xb3", NULL),
        DISP32(0xdeadbeef, "\x55\x8b\x83", "\x55\xc7\xc0\xef\xbe\xad\xde"),
        DISP32(0xdeadbeef, "\x55\x8b\x3d", "\x55\xc7\xc7\xef\xbe\xad\xde"),
        DISP32(0xdeadbeef, "\x55\x85\x8b", "\x55\xf7\xc1\xef\xbe\xad\xde"),
        DISP32(0xdeadbeef, "\x55\x3b\x93", "\x55\x81\xfa\xef\xbe\xad\xde"),
        /* An index, a short displacement, a register: not the slot alone. */
        DISP32(LOW, "\x55\x8b\x84", NULL),
        DISP32(LOW, "\x55\x8b\x43", NULL),
        DISP32(LOW, "\x55\x8b\xc3", NULL),
        DISP32(LOW, "\x55\x8b\x03", NULL),
        {RELAXATION_DISP32, LOW, 4, "\x55\x8b\x83\4\0\0\0", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        expect_relaxed(&cases[i]);
}

static void relaxing_needs_the_whole_instruction_in_its_section(void **state)
{
    (void)state;
    struct scene scene = {.is_64 = true, .base = 0x1000, .linkage = 0x10000};
    scene.addresses[0] = LOW;
    scene.entries[0].type = R_X86_64_REX_GOTPCRELX;
    scene.entries[0].symbol = 1;
    scene.entries[0].addend = -4;
    memcpy(scene.code, "\x48\x8b\x05", 3);
    scene.entries[0].offset = 3;
    expect_code(scene, "\x48\xc7\xc0\x78\x56\x34\x12", 7);
    assert_null(linkage.bytes);
    memcpy(scene.code, "\x8b\x05\0", 3);
    scene.entries[0].offset = 2;
    expect_code(scene, "\x8b\x05\xfa\xef\0\0", 6);
    scene.entries[0].type = R_X86_64_GOTPCRELX;
    expect_code(scene, "\xc7\xc0\x78\x56\x34\x12", 6);
    memcpy(scene.code, "\x05\0\0", 3);
    scene.entries[0].offset = 1;
    expect_code(scene, "\x05\xfb\xef\0\0", 5);
    /* And data is no instruction. */
    scene.is_data = true;
    memcpy(scene.code, "\x8b\x05\0", 3);
    scene.entries[0].offset = 2;
    expect_code(scene, "\x8b\x05\xfa\xef\0\0", 6);
    scene.is_64 = false;
    scene.is_data = false;
    scene.entries[0].type = R_386_GOT32X;
    scene.entries[0].addend = 0;
    expect_code(scene, "\xc7\xc0\x78\x56\x34\x12", 6);
}

static void a_stub_can_be_given_its_target_later(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct linkage later;
        uint32_t map[2 * 5];
        Elf64_Sym entries[5] = {{.st_name = 0}};
        struct symbols symbols = {.entries = (uint8_t *)entries, .count = 5, .is_64 = is_64};
        linkage_init(&later, is_64 ? &machine_x86_64 : &machine_i386, 5, map);
        assert_int_equal(linkage_map_size(5), sizeof(map));
        linkage_want_slot(&later, 3);
        linkage_want_stub(&later, 4);
        linkage_want_stub(&later, 3);
        linkage_want_stub(&later, 4);
        assert_int_equal(linkage_size(&later, PAGE_SIZE), 2 * PAGE_SIZE);
        uint8_t *bytes = malloc(2 * PAGE_SIZE);
        linkage_fill(&later, &symbols, bytes, 0x10000);
        assert_int_equal(linkage_stub(&later, 4), 0x11000);
        assert_int_equal(linkage_stub(&later, 3), 0x11008);
        assert_int_equal(linkage_stub(&later, 2), 0);
        assert_int_equal(linkage_slot(&later, 4), 0);
        assert_int_equal(linkage_slot(&later, 3), is_64 ? 0x10010 : 0x10008);
        assert_int_equal(linkage_stub_address(&later, 1), 0x11008);
        linkage_set_target(&later, 1, 0x12345678);
        assert_int_equal(linkage_target(&later, 1), 0x12345678);
        unsigned width = is_64 ? 8 : 4;
        assert_int_equal(number_at(bytes, width), 0);
        assert_int_equal(number_at(bytes + width, width), 0x12345678);
        assert_int_equal(number_at(bytes + 2ul * width, width), 0);
        /* The second stub names the second slot, by its distance or by its address. */
        assert_memory_equal(bytes + PAGE_SIZE + 8, "\xff\x25", 2);
        assert_int_equal(number_at(bytes + PAGE_SIZE + 10, 4),
                         is_64 ? (uint32_t)(0x10008 - 0x1100e) : 0x10004);
        free(bytes);
    }
}

static void a_linkage_is_asked_only_for_what_there_is(void **state)
{
    (void)state;
    struct linkage asked;
    uint32_t *map = malloc(linkage_map_size(2)); /* exactly, and not on the stack that fires */
    Elf64_Sym entries[2] = {{.st_name = 0}};
    struct symbols symbols = {.entries = (uint8_t *)entries, .count = 2, .is_64 = true};
    linkage_init(&asked, &machine_x86_64, 2, map);
    assert_fires(linkage_want_slot(&asked, 2));
    assert_fires(linkage_want_stub(&asked, 2));
    linkage_want_stub(&asked, 1);
    uint8_t *bytes = malloc(linkage_size(&asked, PAGE_SIZE));
    linkage_fill(&asked, &symbols, bytes, 0x10000);
    assert_fires((void)linkage_slot(&asked, 2));
    assert_fires((void)linkage_stub(&asked, 2));
    assert_fires((void)linkage_stub_address(&asked, 1));
    assert_fires((void)linkage_target(&asked, 1));
    assert_fires(linkage_set_target(&asked, 1, 1));
    linkage_set_target(&asked, 0, 1);
    assert_int_equal(linkage_target(&asked, 0), 1);
    free(bytes);
    free(map);
}

static int stop(void **state)
{
    (void)state;
    free(linkage.bytes);
    linkage.bytes = NULL;
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_slot_holds_the_address_of_its_symbol),
        TEST(a_symbol_has_one_slot),
        TEST(x86_64_offsets_to_slots_fit_31_bits_and_a_sign),
        TEST(wide_offsets_to_slots_reach_everywhere),
        TEST(offsets_from_the_origin_agree),
        TEST(x86_64_gotpc32_fits_31_bits_and_a_sign),
        TEST(i386_slots_are_offsets_or_addresses),
        TEST(a_call_out_of_reach_goes_through_a_stub),
        TEST(a_call_within_reach_has_no_stub),
        TEST(a_weak_call_to_nobody_has_a_stub_when_0_is_far),
        TEST(only_a_call_gets_a_stub),
        TEST(a_stub_must_be_within_reach_itself),
        TEST(a_symbol_has_one_stub_beside_its_slot),
        TEST(what_was_applied_before_is_not_applied_again),
        TEST(what_was_relaxed_before_has_no_slot),
        TEST(an_instruction_changed_by_another_relocation_is_refused),
        TEST(bad_entries_behind_the_first_slot_are_refused),
        TEST(a_plain_slot_relocation_is_not_relaxed),
        TEST(x86_64_instructions_are_relaxed),
        TEST(i386_instructions_are_relaxed),
        TEST(relaxing_needs_the_whole_instruction_in_its_section),
        TEST(a_stub_can_be_given_its_target_later),
        TEST(a_linkage_is_asked_only_for_what_there_is),
    };
    return cmocka_run_group_tests_name("linkage", tests, NULL, NULL);
}
