/*
 * The console: everything written goes to the serial line and to the screen; everything typed on
 * either arrives in one stream of bytes.
 *
 * Output understands \n (also returns to the left), \r, \b, \t, and the ANSI sequences ESC [ n A B C
 * D (move), ESC [ K and J (erase), ESC [ H (home), ESC [ n m (colours, ignored by plain devices).
 * Input of special keys arrives as the usual VT100 sequences: ESC [ A B C D H F, ESC [ 3 ~.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "boot/boot_info.h"
#include "lib/compiler.h"

/* The serial line, polled, usable before anything else. */
void console_init_early(void);
/* The screen, as the boot loader left it. Needs mapped memory (kernel/mm). */
void console_init_screen(const struct boot_info *info);
/* Interrupt-driven input from serial line and keyboard. Needs interrupts and threads. */
void console_init_input(void);

/* Any context, also during a panic. */
void console_write(const char *text, size_t length);
void console_print(const char *format, ...) PRINTF_LIKE(1, 2);

/* The next byte typed. Sleeps until there is one. Shell thread only. */
char console_read(void);

/* Adds a byte to the input; called by the drivers' interrupt handlers, interrupts off. */
void console_input(char byte);
