/* Fills struct boot_info with what can be believed: see boot_info_fill.h. */
#include "boot/boot_info_fill.h"

#include "lib/checked.h"
#include "lib/format.h"
#include "lib/string.h"
#include "lib/text.h"

#define MEMORY_TYPE_USABLE 1 /* the same number in both protocols */

void boot_info_problem(struct boot_info *info, const char *format, ...)
{
    if (info->problem[0] != 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    format_text_list(info->problem, sizeof(info->problem), format, arguments);
    va_end(arguments);
}

void boot_info_set_command_line(struct boot_info *info, const char *text)
{
    info->command_line_is_cut = !text_copy(info->command_line, sizeof(info->command_line), text);
}

void boot_info_set_modules(struct boot_info *info, uint64_t start, uint64_t end, uint64_t count)
{
    if (count > 1)
        info->modules_ignored = (size_t)(count - 1);
    if (start >= end || end > MEMORY_RANGES_END) {
        boot_info_problem(info, "the initrd cannot lie from 0x%llx to 0x%llx",
                          (unsigned long long)start, (unsigned long long)end);
        return;
    }
    info->has_initrd = true;
    info->initrd = (struct boot_range){.start = start, .end = end};
}

void boot_info_note_memory(struct memory_ranges *ranges, const struct boot_memory_entry *entry,
                           enum boot_memory_pass pass)
{
    bool is_usable = entry->type == MEMORY_TYPE_USABLE;
    if (is_usable && pass == BOOT_MEMORY_USABLE)
        memory_ranges_add(ranges, entry->start, entry->size_bytes);
    if (!is_usable && pass == BOOT_MEMORY_RESERVED)
        memory_ranges_subtract(ranges, entry->start, entry->size_bytes);
}

void boot_info_set_memory(struct boot_info *info, struct memory_ranges *ranges)
{
    memory_ranges_align(ranges);
    if (ranges->left_out != 0)
        boot_info_problem(info, "%zu ranges of the memory map were left out", ranges->left_out);
    info->memory_count = ranges->count;
    memcpy(info->memory, ranges->range, ranges->count * sizeof(info->memory[0]));
}

static bool color_fits(uint8_t position, uint8_t size, uint8_t bits_per_pixel)
{
    return size >= 1 && size <= 8 && position + size <= bits_per_pixel;
}

static const char *framebuffer_problem(const struct boot_framebuffer *f)
{
    uint8_t bits = f->bits_per_pixel;
    if (bits != 15 && bits != 16 && bits != 24 && bits != 32)
        return "its pixels have an unknown number of bits";
    if (f->width == 0 || f->height == 0)
        return "it has no pixels";
    if ((uint64_t)f->width * ((bits + 7u) / 8) > f->pitch_bytes)
        return "its lines overlap";

    /* 32 by 32 bits cannot overflow; the sum can. */
    uint64_t end;
    uint64_t size_bytes = (uint64_t)f->pitch_bytes * f->height;
    if (f->address == 0 || !checked_add(f->address, size_bytes, &end) || end > MEMORY_RANGES_END)
        return "it lies outside memory";
    if (!color_fits(f->red_position, f->red_size, bits) ||
        !color_fits(f->green_position, f->green_size, bits) ||
        !color_fits(f->blue_position, f->blue_size, bits))
        return "its colors lie outside the pixel";
    return NULL;
}

void boot_info_set_screen(struct boot_info *info, uint8_t type,
                          const struct boot_framebuffer *framebuffer)
{
    info->screen = BOOT_SCREEN_NONE;
    if (type == BOOT_FRAMEBUFFER_TEXT) {
        info->screen = BOOT_SCREEN_TEXT;
        return;
    }
    const char *problem =
        type == BOOT_FRAMEBUFFER_RGB ? framebuffer_problem(framebuffer) : "its pixels are not RGB";
    if (problem != NULL) {
        boot_info_problem(info, "the framebuffer is not usable: %s", problem);
        return;
    }
    info->screen = BOOT_SCREEN_FRAMEBUFFER;
    info->framebuffer = *framebuffer;
}
