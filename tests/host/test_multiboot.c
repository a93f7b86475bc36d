/* boot/multiboot*.c: what loaders say is understood; what cannot be is left out with a reason. */
#include "tests/host/support.h"

#include <stdlib.h>
#include <string.h>

#include "boot/boot_info_fill.h"
#include "boot/multiboot.h"
#include "lib/checked.h"

/*
 * Physical memory: a few pages from BASE on. Each view is a copy that the next one frees, so that a
 * pointer kept too long and a byte read too far are both seen by the sanitizer.
 */
#define BASE 0x10000u
static uint8_t memory[4 * 4096];
static void *window;
static struct boot_info info;

static const void *view(uint64_t address, size_t size_bytes)
{
    free(window);
    window = NULL;
    if (address < BASE || !range_fits(address - BASE, size_bytes, sizeof(memory)))
        return NULL;
    window = malloc(size_bytes == 0 ? 1 : size_bytes);
    memcpy(window, memory + (address - BASE), size_bytes);
    return window;
}

static int set_up(void **state)
{
    (void)state;
    memset(memory, 0, sizeof(memory));
    memset(&info, 0xee, sizeof(info));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(window);
    window = NULL;
    return 0;
}

static void put32(uint32_t offset, uint32_t value)
{
    memcpy(memory + offset, &value, 4);
}

static void put64(uint32_t offset, uint64_t value)
{
    memcpy(memory + offset, &value, 8);
}

static void assert_problem(const char *part)
{
    if (strstr(info.problem, part) == NULL)
        fail_msg("problem is \"%s\", not \"%s\"", info.problem, part);
}

static void assert_memory(size_t i, uint64_t start, uint64_t end)
{
    assert_true(i < info.memory_count);
    assert_int_equal(info.memory[i].start, start);
    assert_int_equal(info.memory[i].end, end);
}

/* ---- Multiboot 1: information at BASE, its parts in the pages behind -------------------------- */

enum { AT_LINE = 0x200, AT_NAME = 0x180, AT_MODULES = 0x100, AT_MAP = 0x800 };

static void mb1_set(uint32_t flag, uint32_t field, uint32_t value)
{
    uint32_t flags;
    memcpy(&flags, memory, 4);
    put32(0, flags | flag);
    put32(field, value);
}

static void mb1_line(const char *line)
{
    strcpy((char *)memory + AT_LINE, line);
    mb1_set(1u << 2, 16, BASE + AT_LINE);
}

static void mb1_loader(const char *name)
{
    strcpy((char *)memory + AT_NAME, name);
    mb1_set(1u << 9, 64, BASE + AT_NAME);
}

static void mb1_module(uint32_t start, uint32_t end, uint32_t count)
{
    mb1_set(1u << 3, 20, count);
    put32(24, BASE + AT_MODULES);
    put32(AT_MODULES, start);
    put32(AT_MODULES + 4, end);
}

/* Adds an entry whose size field says `size`. */
static void mb1_map(uint32_t size, uint64_t start, uint64_t length, uint32_t type)
{
    uint32_t map_size;
    memcpy(&map_size, memory + 44, 4);
    uint32_t at = AT_MAP + map_size;
    put32(at, size);
    put64(at + 4, start);
    put64(at + 12, length);
    put32(at + 20, type);
    mb1_set(1u << 6, 44, map_size + size + 4);
    put32(48, BASE + AT_MAP);
}

static void put_rgb(uint32_t at, uint32_t colors, uint64_t address)
{
    put64(at, address);
    put32(at + 8, 1024 * 4);
    put32(at + 12, 1024);
    put32(at + 16, 768);
    memory[at + 20] = 32;
    memory[at + 21] = 1;
    memcpy(memory + colors, "\x10\x08\x08\x08\x00\x08", 6);
}

static void mb1_read(void)
{
    multiboot_read(MULTIBOOT1_MAGIC, BASE, view, &info);
}

static void mb1_good(void)
{
    mb1_loader("GRUB 2.06");
    mb1_line("rc=/etc/rc panic=exit");
    mb1_module(0x200000, 0x212345, 1);
    mb1_map(20, 0, 0x9fc00, 1);
    mb1_map(20, 0x9fc00, 0x400, 2);
    mb1_map(24, 0x100000, 0x7f00000, 1);
}

static void mb1_everything_is_read(void **state)
{
    (void)state;
    mb1_good();
    mb1_read();
    assert_string_equal(info.problem, "");
    assert_string_equal(info.protocol, "multiboot 1");
    assert_string_equal(info.loader, "GRUB 2.06");
    assert_string_equal(info.command_line, "rc=/etc/rc panic=exit");
    assert_false(info.command_line_is_cut);
    assert_true(info.has_initrd);
    assert_int_equal(info.initrd.start, 0x200000);
    assert_int_equal(info.initrd.end, 0x212345);
    assert_int_equal(info.modules_ignored, 0);
    assert_int_equal(info.memory_count, 2);
    assert_memory(0, 0, 0x9f000);
    assert_memory(1, 0x100000, 0x8000000);
    assert_int_equal(info.screen, BOOT_SCREEN_TEXT);
}

static void mb1_fields_without_flags_are_not_looked_at(void **state)
{
    (void)state;
    memset(memory, 0xff, sizeof(memory));
    put32(0, 0);
    mb1_read();
    assert_string_equal(info.loader, "");
    assert_string_equal(info.command_line, "");
    assert_false(info.has_initrd);
    assert_int_equal(info.memory_count, 0);
    assert_int_equal(info.screen, BOOT_SCREEN_TEXT);
    assert_problem("no memory map");
}

static void mb1_image_name_is_skipped(void **state)
{
    (void)state;
    const char *const rows[][3] = {
        {"GRUB", "build/mortise.qemu rc=/etc/rc", "rc=/etc/rc"},
        {"GRUB", "/boot/kernel", ""},
        {"GRUB", "/a=b/kernel  x", "x"},
        {"GRUB", "rc=/etc/rc x", "rc=/etc/rc x"},
        {"GRUB", "\"run=ls /etc\" x", "\"run=ls /etc\" x"},
        {"GRUB", "selftest x/y", "selftest x/y"},
        {"GRUB", "", ""},
        {"qemu", "mortise.qemu panic=exit", "panic=exit"},
        {"qemu", "mortise.qemu ", ""},
        {"qemu", "mortise.qemu", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        mb1_loader(rows[i][0]);
        mb1_line(rows[i][1]);
        mb1_read();
        assert_string_equal(info.command_line, rows[i][2]);
    }
}

static void mb1_texts_are_cut_or_given_up(void **state)
{
    (void)state;
    /* Without an end, over page borders, up to the end of memory. */
    memset(memory + AT_MAP, 'x', sizeof(memory) - AT_MAP);
    mb1_set(1u << 2, 16, BASE + 0xff0);
    mb1_set(1u << 9, 64, BASE + 0xfff);
    mb1_read();
    assert_true(info.command_line_is_cut);
    assert_int_equal(strlen(info.command_line), BOOT_COMMAND_LINE_MAX - 1);
    assert_int_equal(strlen(info.loader), sizeof(info.loader) - 1);
    assert_problem("no memory map");

    /* Of exactly the size that fits. */
    memory[0xff0 + BOOT_COMMAND_LINE_MAX - 1] = 0;
    mb1_read();
    assert_false(info.command_line_is_cut);
    assert_int_equal(strlen(info.command_line), BOOT_COMMAND_LINE_MAX - 1);

    mb1_set(1u << 2, 16, BASE + sizeof(memory) - 3);
    mb1_read();
    assert_problem("the command line at 0x13ffd cannot be read");
    assert_string_equal(info.command_line, "xxx");

    mb1_set(1u << 9, 64, 0xffffffff);
    mb1_read();
    assert_problem("the loader's name at 0xffffffff cannot be read");
}

static void mb1_modules_are_checked(void **state)
{
    (void)state;
    mb1_good();
    mb1_module(0x5000, 0x6000, 0xffffffff);
    mb1_read();
    assert_string_equal(info.problem, "");
    assert_int_equal(info.modules_ignored, 0xfffffffe);
    mb1_module(0x5000, 0x5000, 1);
    mb1_read();
    assert_false(info.has_initrd);
    assert_problem("the initrd cannot lie from 0x5000 to 0x5000");
    mb1_module(0x6000, 0x5000, 1);
    mb1_read();
    assert_false(info.has_initrd);
    put32(24, 4);
    mb1_read();
    assert_problem("the module list at 0x4 cannot be read");
    mb1_module(1, 2, 0);
    mb1_read();
    assert_false(info.has_initrd);
    assert_string_equal(info.problem, "");
}

static void mb1_map_entries_of_wrong_size_end_the_map(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 1, 19, 0xffffffff, 0xfffffffc, 2000, 21};
    mb1_map(20, 0x100000, 0x100000, 1);
    mb1_map(20, 0x300000, 0x100000, 1);
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        put32(AT_MAP + 24, sizes[i]);
        mb1_read();
        assert_problem("wrong size");
        assert_int_equal(info.memory_count, 1);
        assert_memory(0, 0x100000, 0x200000);
    }
    /* A map that ends inside an entry, and even inside its size. */
    put32(AT_MAP + 24, 20);
    for (uint32_t size = 25; size < 48; size++) {
        put32(44, size);
        mb1_read();
        assert_problem("wrong size");
        assert_int_equal(info.memory_count, 1);
    }
    put32(44, 0x7fffffff);
    mb1_read();
    assert_problem("the memory map at 0x10800 (2147483647 bytes) cannot be read");
    put32(44, 0);
    mb1_read();
    assert_problem("no memory map");
}

static void mb1_reserved_wins_in_any_order(void **state)
{
    (void)state;
    mb1_map(20, 0x300000, 0x1000, 2);
    mb1_map(20, 0x200000, UINT64_MAX, 1);
    mb1_map(20, 0x100000, 0x400000, 1);
    mb1_map(20, 0x4ff800, UINT64_MAX, 7);
    mb1_read();
    assert_int_equal(info.memory_count, 2);
    assert_memory(0, 0x100000, 0x300000);
    assert_memory(1, 0x301000, 0x4ff000);
    assert_problem("1 ranges of the memory map were left out");
}

static void mb1_framebuffer(void **state)
{
    (void)state;
    mb1_good();
    mb1_set(1u << 12, 88, 0);
    put_rgb(88, 110, 0xfd000000);
    mb1_read();
    assert_string_equal(info.problem, "");
    assert_int_equal(info.screen, BOOT_SCREEN_FRAMEBUFFER);
    assert_int_equal(info.framebuffer.address, 0xfd000000);
    assert_int_equal(info.framebuffer.pitch_bytes, 4096);
    assert_int_equal(info.framebuffer.width, 1024);
    assert_int_equal(info.framebuffer.height, 768);
    assert_int_equal(info.framebuffer.bits_per_pixel, 32);
    assert_int_equal(info.framebuffer.red_position, 16);
    assert_int_equal(info.framebuffer.green_position, 8);
    assert_int_equal(info.framebuffer.blue_position, 0);
    assert_int_equal(info.framebuffer.blue_size, 8);
    memory[109] = 2;
    mb1_read();
    assert_int_equal(info.screen, BOOT_SCREEN_TEXT);
}

static void framebuffers_that_cannot_be_are_not_believed(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset, value;
        const char *problem;
    } rows[] = {
        {96, 4095, "its lines overlap"},
        {100, 0, "it has no pixels"},
        {104, 0, "it has no pixels"},
        {100, 0xffffffff, "its lines overlap"},
        {88, 0, "it lies outside memory"},
        {92, 0xffffffff, "it lies outside memory"},
        {92, 0x00100000, "it lies outside memory"},
        {108, 0x08100108, "unknown number of bits"},
        {108, 0x08100118, NULL}, /* 24 bits */
        {108, 0x08190120, "its colors lie outside the pixel"},
        {108, 0x00000120, "its colors lie outside the pixel"},
        {108, 0x08100020, "its pixels are not RGB"},
        {108, 0x08100320, "its pixels are not RGB"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        set_up(NULL);
        mb1_good();
        mb1_set(1u << 12, 88, 0);
        put_rgb(88, 110, 0xfd000000);
        put32(rows[i].offset, rows[i].value);
        mb1_read();
        if (rows[i].problem == NULL) {
            assert_int_equal(info.screen, BOOT_SCREEN_FRAMEBUFFER);
            continue;
        }
        assert_int_equal(info.screen, BOOT_SCREEN_NONE);
        assert_problem("the framebuffer is not usable");
        assert_problem(rows[i].problem);
    }
}

/* ---- Multiboot 2: tags from BASE + 8 on ------------------------------------------------------- */

static uint32_t mb2_end;

static void mb2_begin(void)
{
    set_up(NULL);
    mb2_end = 8;
}

/* Adds a tag of `size` bytes and returns the offset of what is behind its header. */
static uint32_t mb2_tag(uint32_t type, uint32_t size)
{
    uint32_t at = mb2_end;
    put32(at, type);
    put32(at + 4, size);
    mb2_end = (at + size + 7) & ~7u;
    return at + 8;
}

static void mb2_text(uint32_t type, const char *text)
{
    uint32_t at = mb2_tag(type, 8 + (uint32_t)strlen(text) + 1);
    strcpy((char *)memory + at, text);
}

static void mb2_module(uint32_t start, uint32_t end)
{
    uint32_t at = mb2_tag(3, 16 + 7);
    put32(at, start);
    put32(at + 4, end);
    strcpy((char *)memory + at + 8, "initrd");
}

static const struct boot_memory_entry mb2_entries[] = {
    {0, 0x9fc00, 1}, {0x9fc00, 0x60400, 2}, {0x100000, 0x7ee0000, 1}, {0x7fe0000, 0x20000, 3}};

static uint32_t mb2_map(uint32_t entry_size)
{
    uint32_t at = mb2_tag(6, 16 + entry_size * (uint32_t)ARRAY_COUNT(mb2_entries));
    put32(at, entry_size);
    for (uint32_t i = 0; i < ARRAY_COUNT(mb2_entries); i++) {
        put64(at + 8 + i * entry_size, mb2_entries[i].start);
        put64(at + 8 + i * entry_size + 8, mb2_entries[i].size_bytes);
        put32(at + 8 + i * entry_size + 16, mb2_entries[i].type);
    }
    return at;
}

static void mb2_finish(void)
{
    mb2_tag(0, 8);
    put32(0, mb2_end);
}

static void mb2_read(void)
{
    multiboot_read(MULTIBOOT2_MAGIC, BASE, view, &info);
}

static void mb2_good(void)
{
    mb2_begin();
    mb2_text(1, "run=\"kload /a; b\"");
    mb2_text(2, "GRUB 2.06-13");
    mb2_tag(77, 13); /* unknown ones are passed over */
    mb2_module(0xe000, 0x12345);
    mb2_map(24);
    uint32_t at = mb2_tag(8, 38);
    put_rgb(at, at + 24, 0x80000000);
    mb2_finish();
}

static void mb2_everything_is_read(void **state)
{
    (void)state;
    mb2_good();
    mb2_read();
    assert_string_equal(info.problem, "");
    assert_string_equal(info.protocol, "multiboot 2");
    assert_string_equal(info.loader, "GRUB 2.06-13");
    assert_string_equal(info.command_line, "run=\"kload /a; b\"");
    assert_true(info.has_initrd);
    assert_int_equal(info.initrd.start, 0xe000);
    assert_int_equal(info.initrd.end, 0x12345);
    assert_int_equal(info.memory_count, 2);
    assert_memory(0, 0, 0x9f000);
    assert_memory(1, 0x100000, 0x7fe0000);
    assert_int_equal(info.screen, BOOT_SCREEN_FRAMEBUFFER);
    assert_int_equal(info.framebuffer.address, 0x80000000);
    assert_int_equal(info.framebuffer.red_position, 16);
    assert_int_equal(info.framebuffer.red_size, 8);
}

static void mb2_entry_size_is_honoured(void **state)
{
    (void)state;
    for (uint32_t size = 20; size <= 64; size += 4) {
        mb2_begin();
        mb2_map(size);
        mb2_finish();
        mb2_read();
        assert_string_equal(info.problem, "");
        assert_int_equal(info.memory_count, 2);
        assert_memory(1, 0x100000, 0x7fe0000);
    }
}

static void mb2_entry_size_must_hold_an_entry(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 1, 8, 19};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        mb2_begin();
        put32(mb2_map(24), sizes[i]);
        mb2_finish();
        mb2_read();
        assert_problem("the memory map has entries of");
        assert_int_equal(info.memory_count, 0);
    }
    mb2_begin();
    put32(mb2_map(24), 0xffffffff);
    mb2_finish();
    mb2_read();
    assert_problem("the last entry of the memory map is cut");
    assert_int_equal(info.memory_count, 0);
}

static void mb2_second_map_and_later_modules_are_ignored(void **state)
{
    (void)state;
    mb2_begin();
    mb2_module(0x1000, 0x2000);
    mb2_module(0x3000, 0x4000);
    mb2_module(0x5000, 0x6000);
    mb2_map(24);
    mb2_map(24);
    mb2_finish();
    mb2_read();
    assert_int_equal(info.initrd.start, 0x1000);
    assert_int_equal(info.modules_ignored, 2);
    assert_problem("more than one memory map");
    assert_int_equal(info.memory_count, 2);
}

static void mb2_texts_end_inside_their_tags(void **state)
{
    (void)state;
    const uint32_t types[] = {1, 2};
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        mb2_begin();
        memset(memory + mb2_tag(types[i], 16), 'x', 8);
        mb2_tag(types[i], 8);
        mb2_finish();
        mb2_read();
        assert_problem("does not end inside its tag");
        assert_string_equal(info.command_line, "");
        assert_string_equal(info.loader, "");
    }
}

static void mb2_long_texts_are_cut(void **state)
{
    (void)state;
    mb2_begin();
    memset(memory + mb2_tag(1, 3000), 'x', 2991);
    memset(memory + mb2_tag(2, 100), 'y', 91);
    mb2_map(24);
    mb2_finish();
    mb2_read();
    assert_string_equal(info.problem, "");
    assert_true(info.command_line_is_cut);
    assert_int_equal(strlen(info.command_line), BOOT_COMMAND_LINE_MAX - 1);
    assert_int_equal(strlen(info.loader), sizeof(info.loader) - 1);
}

static void mb2_no_framebuffer_tag_is_no_screen(void **state)
{
    (void)state;
    mb2_begin();
    mb2_map(24);
    mb2_finish();
    mb2_read();
    assert_int_equal(info.screen, BOOT_SCREEN_NONE);
    assert_string_equal(info.problem, "");
}

static void mb2_short_text_screen_tag_is_enough(void **state)
{
    (void)state;
    mb2_begin();
    mb2_map(24);
    uint32_t at = mb2_tag(8, 32);
    put_rgb(at, at + 24, 0xb8000);
    memory[at + 21] = 2;
    mb2_finish();
    mb2_read();
    assert_int_equal(info.screen, BOOT_SCREEN_TEXT);
    /* But for RGB the colors are missing, though bytes of the next tag stand there. */
    memory[at + 21] = 1;
    mb2_read();
    assert_int_equal(info.screen, BOOT_SCREEN_NONE);
    assert_problem("its colors lie outside the pixel");
}

static void mb2_wrong_sizes_end_the_reading(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 7, 5000, 0xffffffff, 0xfffffff8};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        mb2_begin();
        mb2_text(2, "before");
        put32(mb2_tag(1, 16) - 4, sizes[i]);
        mb2_finish();
        mb2_read();
        assert_string_equal(info.loader, "before");
        assert_problem("the tag of type 1 at offset 24 has a wrong size");
    }
    static const struct {
        uint32_t type, size;
        const char *problem;
    } small[] = {{3, 15, "the module tag has only 15 bytes"},
                 {6, 15, "the memory map tag has only 15 bytes"},
                 {8, 30, "the framebuffer tag has only 30 bytes"}};
    for (size_t i = 0; i < ARRAY_COUNT(small); i++) {
        mb2_begin();
        mb2_tag(small[i].type, small[i].size);
        mb2_finish();
        mb2_read();
        assert_problem(small[i].problem);
    }
}

static void mb2_total_size_is_checked(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 7, sizeof(memory) + 1, 0xffffffff};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        mb2_good();
        put32(0, sizes[i]);
        mb2_read();
        assert_problem("states a wrong size");
        assert_int_equal(info.memory_count, 0);
    }
    mb2_good();
    for (uint32_t size = 8; size < mb2_end; size++) {
        put32(0, size);
        mb2_read();
        assert_string_not_equal(info.problem, "");
    }
}

static void no_single_byte_leads_outside(void **state)
{
    (void)state;
    const uint8_t changes[] = {0x01, 0x08, 0x80, 0xff};
    for (int protocol = 1; protocol <= 2; protocol++) {
        protocol == 1 ? (void)(set_up(NULL), mb1_good()) : mb2_good();
        for (size_t i = 0; i < 0x900; i++) {
            for (size_t change = 0; change < ARRAY_COUNT(changes); change++) {
                memory[i] ^= changes[change];
                protocol == 1 ? mb1_read() : mb2_read();
                memory[i] ^= changes[change];
                assert_true(info.memory_count <= BOOT_RANGES_MAX);
                for (size_t j = 0; j < info.memory_count; j++)
                    assert_true(info.memory[j].start < info.memory[j].end);
            }
        }
    }
}

static void information_outside_memory_is_a_problem(void **state)
{
    (void)state;
    const uint32_t magics[] = {MULTIBOOT1_MAGIC, MULTIBOOT2_MAGIC};
    const uint64_t addresses[] = {0, BASE + sizeof(memory) - 4, UINT64_MAX, UINT64_MAX - 7};
    for (size_t i = 0; i < ARRAY_COUNT(magics); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(addresses); j++) {
            multiboot_read(magics[i], addresses[j], view, &info);
            assert_problem("cannot be read");
        }
    }
    mb2_good();
    multiboot_read(MULTIBOOT2_MAGIC, BASE + 4, view, &info);
    assert_problem("the multiboot information at 0x10004 cannot be read");
}

static void unknown_magic_is_a_problem(void **state)
{
    (void)state;
    multiboot_read(0x12345678, BASE, view, &info);
    assert_problem("magic number 0x12345678");
    assert_non_null(info.protocol);
    assert_int_equal(info.memory_count, 0);
    assert_int_equal(info.screen, BOOT_SCREEN_NONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(mb1_everything_is_read),
        TEST(mb1_fields_without_flags_are_not_looked_at),
        TEST(mb1_image_name_is_skipped),
        TEST(mb1_texts_are_cut_or_given_up),
        TEST(mb1_modules_are_checked),
        TEST(mb1_map_entries_of_wrong_size_end_the_map),
        TEST(mb1_reserved_wins_in_any_order),
        TEST(mb1_framebuffer),
        TEST(framebuffers_that_cannot_be_are_not_believed),
        TEST(mb2_everything_is_read),
        TEST(mb2_entry_size_is_honoured),
        TEST(mb2_entry_size_must_hold_an_entry),
        TEST(mb2_second_map_and_later_modules_are_ignored),
        TEST(mb2_texts_end_inside_their_tags),
        TEST(mb2_long_texts_are_cut),
        TEST(mb2_no_framebuffer_tag_is_no_screen),
        TEST(mb2_short_text_screen_tag_is_enough),
        TEST(mb2_wrong_sizes_end_the_reading),
        TEST(mb2_total_size_is_checked),
        TEST(no_single_byte_leads_outside),
        TEST(information_outside_memory_is_a_problem),
        TEST(unknown_magic_is_a_problem),
    };
    return cmocka_run_group_tests_name("multiboot", tests, NULL, NULL);
}
