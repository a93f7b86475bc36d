/*
 * Multiboot 1 information: one structure of fixed offsets, whose flags say which fields hold
 * something, and which points to strings and tables anywhere in the first 4 GiB.
 *
 * Each view of memory replaces the one before, so everything is copied before the next is asked for.
 */
#include "boot/multiboot1.h"

#include "arch/cpu.h"
#include "boot/boot_info_fill.h"
#include "lib/span.h"
#include "lib/string.h"
#include "lib/text.h"

/* Bits of the flags: these fields hold something. */
enum {
    HAS_COMMAND_LINE = 1u << 2,
    HAS_MODULES = 1u << 3,
    HAS_MEMORY_MAP = 1u << 6,
    HAS_LOADER_NAME = 1u << 9,
    HAS_FRAMEBUFFER = 1u << 12,
};

/* Offsets of the fields. */
enum {
    INFO_FLAGS = 0,
    INFO_COMMAND_LINE = 16,
    INFO_MODULE_COUNT = 20,
    INFO_MODULES = 24,
    INFO_MEMORY_MAP_SIZE = 44,
    INFO_MEMORY_MAP = 48,
    INFO_LOADER_NAME = 64,
    INFO_FRAMEBUFFER_ADDRESS = 88,
    INFO_FRAMEBUFFER_PITCH = 96,
    INFO_FRAMEBUFFER_WIDTH = 100,
    INFO_FRAMEBUFFER_HEIGHT = 104,
    INFO_FRAMEBUFFER_BITS = 108,
    INFO_FRAMEBUFFER_TYPE = 109,
    INFO_FRAMEBUFFER_COLORS = 110, /* position and size of red, green, blue */
    INFO_SIZE = 116,
};

enum { MODULE_START = 0, MODULE_END = 4, MODULE_SIZE = 16 };

/* The size of a memory map entry does not count the size field itself. */
enum {
    ENTRY_SIZE = 0,
    ENTRY_START = 4,
    ENTRY_LENGTH = 12,
    ENTRY_TYPE = 20,
    ENTRY_SIZE_FIELD = 4,
    ENTRY_SIZE_LEAST = 20,
};

struct multiboot1 {
    uint8_t bytes[INFO_SIZE];
    struct span span;
    uint32_t flags;
    boot_memory_view view;
    struct boot_info *info;
};

/*
 * Copies the text at `address`, page by page because nobody says how long it is. False when memory
 * cannot be seen there; `to` then holds what came before. *is_cut as text_copy's opposite.
 */
static bool copy_text(boot_memory_view view, uint64_t address, char *to, size_t size_bytes,
                      bool *is_cut)
{
    size_t length = 0;
    *is_cut = false;
    for (;;) {
        size_t chunk = PAGE_SIZE - address % PAGE_SIZE;
        const char *from = view(address, chunk);
        to[length] = 0;
        if (from == NULL)
            return false;
        for (size_t i = 0; i < chunk; i++) {
            if (from[i] != 0 && length + 1 == size_bytes)
                *is_cut = true;
            if (from[i] == 0 || *is_cut) {
                to[length] = 0;
                return true;
            }
            to[length++] = from[i];
        }
        address += chunk;
    }
}

static void read_loader_name(struct multiboot1 *from)
{
    bool is_cut;
    uint32_t address = span_u32(from->span, INFO_LOADER_NAME);
    if (!copy_text(from->view, address, from->info->loader, sizeof(from->info->loader), &is_cut))
        boot_info_problem(from->info, "the loader's name at 0x%x cannot be read", address);
}

/*
 * QEMU's command line begins with the path given to -kernel, GRUB's has no such word. A path shows
 * by a slash that does not stand behind an equals sign (rc=/etc/rc is an argument); a bare file name
 * only by the loader's name.
 */
static bool first_word_is_image(const char *command_line, const char *loader)
{
    if (strcmp(loader, "qemu") == 0)
        return true;
    for (const char *p = command_line; *p != 0 && *p != ' ' && *p != '='; p++) {
        if (*p == '/')
            return true;
    }
    return false;
}

static void read_command_line(struct multiboot1 *from)
{
    struct boot_info *info = from->info;
    char *line = info->command_line;
    uint32_t address = span_u32(from->span, INFO_COMMAND_LINE);
    if (!copy_text(from->view, address, line, sizeof(info->command_line),
                   &info->command_line_is_cut))
        boot_info_problem(info, "the command line at 0x%x cannot be read", address);
    if (!first_word_is_image(line, info->loader))
        return;

    const char *rest = line;
    while (*rest != 0 && *rest != ' ')
        rest++;
    while (*rest == ' ')
        rest++;
    memmove(line, rest, strlen(rest) + 1);
}

static void read_modules(struct multiboot1 *from)
{
    uint32_t count = span_u32(from->span, INFO_MODULE_COUNT);
    uint32_t address = span_u32(from->span, INFO_MODULES);
    if (count == 0)
        return;
    const void *bytes = from->view(address, MODULE_SIZE);
    if (bytes == NULL) {
        boot_info_problem(from->info, "the module list at 0x%x cannot be read", address);
        return;
    }
    struct span module = span_make(bytes, MODULE_SIZE);
    boot_info_set_modules(from->info, span_u32(module, MODULE_START), span_u32(module, MODULE_END),
                          count);
}

/* Goes through the map once; false when an entry is not whole. */
static bool note_memory_map(struct memory_ranges *ranges, struct span map,
                            enum boot_memory_pass pass)
{
    uint64_t offset = 0;
    while (offset < map.size) {
        if (!span_has(map, offset, ENTRY_SIZE_FIELD))
            return false;
        uint64_t size = ENTRY_SIZE_FIELD + (uint64_t)span_u32(map, offset + ENTRY_SIZE);
        struct span part;
        if (size < ENTRY_SIZE_FIELD + ENTRY_SIZE_LEAST || !span_slice(map, offset, size, &part))
            return false;
        struct boot_memory_entry entry = {.start = span_u64(part, ENTRY_START),
                                          .size_bytes = span_u64(part, ENTRY_LENGTH),
                                          .type = span_u32(part, ENTRY_TYPE)};
        boot_info_note_memory(ranges, &entry, pass);
        offset += size;
    }
    return true;
}

static void read_memory_map(struct multiboot1 *from)
{
    uint32_t size = span_u32(from->span, INFO_MEMORY_MAP_SIZE);
    uint32_t address = span_u32(from->span, INFO_MEMORY_MAP);
    const void *bytes = from->view(address, size);
    if (bytes == NULL) {
        boot_info_problem(from->info, "the memory map at 0x%x (%u bytes) cannot be read", address,
                          size);
        return;
    }
    struct memory_ranges ranges = {.count = 0};
    for (int pass = 0; pass < BOOT_MEMORY_PASSES; pass++) {
        if (!note_memory_map(&ranges, span_make(bytes, size), pass))
            boot_info_problem(from->info, "the memory map has an entry of a wrong size");
    }
    boot_info_set_memory(from->info, &ranges);
}

static void read_framebuffer(struct multiboot1 *from)
{
    struct span span = from->span;
    struct boot_framebuffer framebuffer = {
        .address = span_u64(span, INFO_FRAMEBUFFER_ADDRESS),
        .pitch_bytes = span_u32(span, INFO_FRAMEBUFFER_PITCH),
        .width = span_u32(span, INFO_FRAMEBUFFER_WIDTH),
        .height = span_u32(span, INFO_FRAMEBUFFER_HEIGHT),
        .bits_per_pixel = span_u8(span, INFO_FRAMEBUFFER_BITS),
        .red_position = span_u8(span, INFO_FRAMEBUFFER_COLORS),
        .red_size = span_u8(span, INFO_FRAMEBUFFER_COLORS + 1),
        .green_position = span_u8(span, INFO_FRAMEBUFFER_COLORS + 2),
        .green_size = span_u8(span, INFO_FRAMEBUFFER_COLORS + 3),
        .blue_position = span_u8(span, INFO_FRAMEBUFFER_COLORS + 4),
        .blue_size = span_u8(span, INFO_FRAMEBUFFER_COLORS + 5),
    };
    boot_info_set_screen(from->info, span_u8(span, INFO_FRAMEBUFFER_TYPE), &framebuffer);
}

/* In this order: the command line is understood by the loader's name. */
static const struct {
    uint32_t flag;
    void (*read)(struct multiboot1 *from);
} parts[] = {
    {HAS_LOADER_NAME, read_loader_name}, {HAS_COMMAND_LINE, read_command_line},
    {HAS_MODULES, read_modules},         {HAS_MEMORY_MAP, read_memory_map},
    {HAS_FRAMEBUFFER, read_framebuffer},
};

void multiboot1_read(uint64_t address, boot_memory_view view, struct boot_info *info)
{
    struct multiboot1 from = {.view = view, .info = info};
    /* Without a word about the screen it is a BIOS machine in text mode. */
    info->screen = BOOT_SCREEN_TEXT;
    const void *bytes = view(address, INFO_SIZE);
    if (bytes == NULL) {
        boot_info_problem(info, "the multiboot information at 0x%llx cannot be read",
                          (unsigned long long)address);
        return;
    }
    memcpy(from.bytes, bytes, INFO_SIZE);
    from.span = span_make(from.bytes, INFO_SIZE);
    from.flags = span_u32(from.span, INFO_FLAGS);

    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (from.flags & parts[i].flag)
            parts[i].read(&from);
    }
    if (info->memory_count == 0)
        boot_info_problem(info, "the boot loader gave no memory map with usable memory");
}
