/* The PC's text screen: 80 x 25 characters in video memory at 0xb8000. */
#pragma once

#include "kernel/device/terminal.h"

/* Maps the video memory. NULL when there is no room for the mapping. Once. */
struct terminal_screen *vga_text_init(void);
