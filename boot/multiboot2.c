/*
 * Multiboot 2 information: one run of bytes with a total size, made of tags that begin at multiples
 * of 8 and say their own sizes. Nothing points out of it, so one view of memory is enough.
 */
#include "boot/multiboot2.h"

#include "boot/boot_info_fill.h"
#include "lib/checked.h"
#include "lib/span.h"
#include "lib/string.h"
#include "lib/text.h"

enum { INFO_TOTAL_SIZE = 0, INFO_FIRST_TAG = 8 };

enum { TAG_TYPE = 0, TAG_SIZE = 4, TAG_HEADER_SIZE = 8, TAG_ALIGNMENT = 8 };

enum {
    TAG_END = 0,
    TAG_COMMAND_LINE = 1,
    TAG_LOADER_NAME = 2,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_FRAMEBUFFER = 8,
};

enum { MODULE_START = 8, MODULE_END = 12, MODULE_SIZE_LEAST = 16 };

enum {
    MAP_ENTRY_SIZE = 8,
    MAP_ENTRIES = 16,
    ENTRY_START = 0,
    ENTRY_LENGTH = 8,
    ENTRY_TYPE = 16,
    ENTRY_SIZE_LEAST = 20,
};

enum {
    FRAMEBUFFER_ADDRESS = 8,
    FRAMEBUFFER_PITCH = 16,
    FRAMEBUFFER_WIDTH = 20,
    FRAMEBUFFER_HEIGHT = 24,
    FRAMEBUFFER_BITS = 28,
    FRAMEBUFFER_TYPE = 29,
    FRAMEBUFFER_SIZE_LEAST = 31,
    FRAMEBUFFER_COLORS = 32, /* position and size of red, green, blue */
    FRAMEBUFFER_COLORS_SIZE = 6,
};

/* The text that a tag holds behind its header; NULL and a problem when it does not end in there. */
static const char *tag_text(struct boot_info *info, struct span tag, const char *name)
{
    const char *text = span_text(tag, TAG_HEADER_SIZE);
    if (text == NULL)
        boot_info_problem(info, "%s does not end inside its tag", name);
    return text;
}

static void read_command_line(struct boot_info *info, struct span tag)
{
    const char *text = tag_text(info, tag, "the command line");
    if (text != NULL)
        boot_info_set_command_line(info, text);
}

static void read_loader_name(struct boot_info *info, struct span tag)
{
    const char *text = tag_text(info, tag, "the loader's name");
    if (text != NULL)
        text_copy(info->loader, sizeof(info->loader), text);
}

static void read_module(struct boot_info *info, struct span tag)
{
    if (info->has_initrd) {
        info->modules_ignored++;
        return;
    }
    boot_info_set_modules(info, span_u32(tag, MODULE_START), span_u32(tag, MODULE_END), 1);
}

static void note_memory_map(struct memory_ranges *ranges, struct span map, uint32_t entry_size,
                            enum boot_memory_pass pass)
{
    struct span part;
    for (uint64_t offset = 0; span_slice(map, offset, entry_size, &part); offset += entry_size) {
        struct boot_memory_entry entry = {.start = span_u64(part, ENTRY_START),
                                          .size_bytes = span_u64(part, ENTRY_LENGTH),
                                          .type = span_u32(part, ENTRY_TYPE)};
        boot_info_note_memory(ranges, &entry, pass);
    }
}

static void read_memory_map(struct boot_info *info, struct span tag)
{
    uint32_t entry_size = span_u32(tag, MAP_ENTRY_SIZE);
    uint64_t map_size = tag.size - MAP_ENTRIES;
    if (info->memory_count != 0) {
        boot_info_problem(info, "there is more than one memory map");
        return;
    }
    if (entry_size < ENTRY_SIZE_LEAST) {
        boot_info_problem(info, "the memory map has entries of %u bytes", entry_size);
        return;
    }
    if (map_size % entry_size != 0)
        boot_info_problem(info, "the last entry of the memory map is cut");

    struct span map = span_make(tag.bytes + MAP_ENTRIES, (size_t)map_size);
    struct memory_ranges ranges = {.count = 0};
    for (int pass = 0; pass < BOOT_MEMORY_PASSES; pass++)
        note_memory_map(&ranges, map, entry_size, pass);
    boot_info_set_memory(info, &ranges);
}

static void read_framebuffer(struct boot_info *info, struct span tag)
{
    struct boot_framebuffer framebuffer = {
        .address = span_u64(tag, FRAMEBUFFER_ADDRESS),
        .pitch_bytes = span_u32(tag, FRAMEBUFFER_PITCH),
        .width = span_u32(tag, FRAMEBUFFER_WIDTH),
        .height = span_u32(tag, FRAMEBUFFER_HEIGHT),
        .bits_per_pixel = span_u8(tag, FRAMEBUFFER_BITS),
    };
    /* Only an RGB framebuffer has colors; without them it is refused for colors of no size. */
    struct span colors;
    if (span_slice(tag, FRAMEBUFFER_COLORS, FRAMEBUFFER_COLORS_SIZE, &colors)) {
        framebuffer.red_position = span_u8(colors, 0);
        framebuffer.red_size = span_u8(colors, 1);
        framebuffer.green_position = span_u8(colors, 2);
        framebuffer.green_size = span_u8(colors, 3);
        framebuffer.blue_position = span_u8(colors, 4);
        framebuffer.blue_size = span_u8(colors, 5);
    }
    boot_info_set_screen(info, span_u8(tag, FRAMEBUFFER_TYPE), &framebuffer);
}

static const struct {
    uint32_t type;
    uint32_t size_least;
    const char *name;
    void (*read)(struct boot_info *info, struct span tag);
} tag_readers[] = {
    {TAG_COMMAND_LINE, TAG_HEADER_SIZE, "command line", read_command_line},
    {TAG_LOADER_NAME, TAG_HEADER_SIZE, "loader name", read_loader_name},
    {TAG_MODULE, MODULE_SIZE_LEAST, "module", read_module},
    {TAG_MEMORY_MAP, MAP_ENTRIES, "memory map", read_memory_map},
    {TAG_FRAMEBUFFER, FRAMEBUFFER_SIZE_LEAST, "framebuffer", read_framebuffer},
};

static void read_tag(struct boot_info *info, uint32_t type, struct span tag)
{
    for (size_t i = 0; i < ARRAY_COUNT(tag_readers); i++) {
        if (tag_readers[i].type != type)
            continue;
        if (tag.size < tag_readers[i].size_least)
            boot_info_problem(info, "the %s tag has only %zu bytes", tag_readers[i].name, tag.size);
        else
            tag_readers[i].read(info, tag);
    }
}

/* Reads tags up to the end tag; what follows a tag whose size is wrong cannot be found. */
static void read_tags(struct boot_info *info, struct span all)
{
    uint64_t offset = INFO_FIRST_TAG;
    while (span_has(all, offset, TAG_HEADER_SIZE)) {
        uint32_t type = span_u32(all, offset + TAG_TYPE);
        uint32_t size = span_u32(all, offset + TAG_SIZE);
        struct span tag;
        if (size < TAG_HEADER_SIZE || !span_slice(all, offset, size, &tag)) {
            boot_info_problem(info, "the tag of type %u at offset %llu has a wrong size, %u", type,
                              (unsigned long long)offset, size);
            return;
        }
        if (type == TAG_END)
            return;
        read_tag(info, type, tag);
        /* Cannot overflow: offset and size are inside `all`. */
        offset = ALIGN_UP(offset + size, (uint64_t)TAG_ALIGNMENT);
    }
    boot_info_problem(info, "the multiboot information has no end tag");
}

void multiboot2_read(uint64_t address, boot_memory_view view, struct boot_info *info)
{
    const void *bytes = view(address, INFO_FIRST_TAG);
    if (bytes == NULL || address % TAG_ALIGNMENT != 0) {
        boot_info_problem(info, "the multiboot information at 0x%llx cannot be read",
                          (unsigned long long)address);
        return;
    }
    uint32_t total_size = span_u32(span_make(bytes, INFO_FIRST_TAG), INFO_TOTAL_SIZE);
    bytes = view(address, total_size);
    if (total_size < INFO_FIRST_TAG || bytes == NULL) {
        boot_info_problem(info, "the multiboot information states a wrong size, %u", total_size);
        return;
    }
    read_tags(info, span_make(bytes, total_size));
    if (info->memory_count == 0)
        boot_info_problem(info, "the boot loader gave no memory map with usable memory");
}
