/*
 * What the boot loader told us, checked and copied: nothing here points to the boot loader's memory
 * except the initrd's physical range. Filled by boot/multiboot.c from multiboot 1 or 2 information.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

#define BOOT_RANGES_MAX       64
#define BOOT_COMMAND_LINE_MAX 1024

struct boot_range {
    uint64_t start;
    uint64_t end; /* first byte after it */
};

enum boot_screen { BOOT_SCREEN_NONE, BOOT_SCREEN_TEXT, BOOT_SCREEN_FRAMEBUFFER };

struct boot_framebuffer {
    uint64_t address; /* physical */
    uint32_t pitch_bytes;
    uint32_t width;
    uint32_t height;
    uint8_t bits_per_pixel; /* 32, 24, 16 or 15 */
    uint8_t red_position, red_size;
    uint8_t green_position, green_size;
    uint8_t blue_position, blue_size;
};

struct boot_info {
    const char *protocol; /* "multiboot 1", "multiboot 2" */
    char loader[64];      /* the boot loader's name, "" when it has none */
    char command_line[BOOT_COMMAND_LINE_MAX];
    bool command_line_is_cut;

    struct boot_range memory[BOOT_RANGES_MAX]; /* usable, sorted, not overlapping */
    size_t memory_count;

    bool has_initrd;
    struct boot_range initrd;
    size_t modules_ignored; /* modules after the first */

    enum boot_screen screen;
    struct boot_framebuffer framebuffer; /* when screen is FRAMEBUFFER */

    char problem[160]; /* why the rest of the information was not believed; "" when all was well */
};
