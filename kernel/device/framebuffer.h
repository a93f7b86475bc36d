/* A linear framebuffer as a screen of characters, 8 x 16 pixels each. */
#pragma once

#include "boot/boot_info.h"
#include "kernel/device/terminal.h"

/*
 * Maps the framebuffer and clears it. NULL when its description or the font cannot be used or there
 * is no room for the mapping; *why then says why. Once.
 */
struct terminal_screen *framebuffer_init(const struct boot_framebuffer *description,
                                         const char **why);
