/*
 * What the readers of both multiboot protocols share: how the parts of struct boot_info are filled,
 * and what is believed. Everything given here is foreign.
 */
#pragma once

#include <stdint.h>

#include "boot/boot_info.h"
#include "boot/memory_ranges.h"
#include "lib/compiler.h"
#include "lib/span.h"

/* Says why something was not believed. The first problem stays, since it may be why of the others. */
void boot_info_problem(struct boot_info *info, const char *format, ...) PRINTF_LIKE(2, 3);

/* Copies the command line and notes whether it was cut. */
void boot_info_set_command_line(struct boot_info *info, const char *text);

/* Takes `count` modules of which the first, the initrd, lies from `start` up to `end`. */
void boot_info_set_modules(struct boot_info *info, uint64_t start, uint64_t end, uint64_t count);

/*
 * A memory map is gone through twice: first for what is usable, then for all that is not, because
 * that wins where they overlap.
 */
enum boot_memory_pass { BOOT_MEMORY_USABLE, BOOT_MEMORY_RESERVED, BOOT_MEMORY_PASSES };

struct boot_memory_entry {
    uint64_t start;
    uint64_t size_bytes;
    uint32_t type;
};

void boot_info_note_memory(struct memory_ranges *ranges, const struct boot_memory_entry *entry,
                           enum boot_memory_pass pass);
void boot_info_set_memory(struct boot_info *info, struct memory_ranges *ranges);

/* A framebuffer of a type that both protocols number alike; only RGB and text can be shown on. */
enum { BOOT_FRAMEBUFFER_INDEXED = 0, BOOT_FRAMEBUFFER_RGB = 1, BOOT_FRAMEBUFFER_TEXT = 2 };

void boot_info_set_screen(struct boot_info *info, uint8_t type,
                          const struct boot_framebuffer *framebuffer);
