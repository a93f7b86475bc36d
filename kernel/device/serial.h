/*
 * The first serial line: a 16550 at COM1, 115200 baud, 8 data bits, no parity, 1 stop bit.
 * Output is polled with a bounded wait, input comes by interrupt.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Looks for the device and sets it up. False when there is none; then output goes nowhere. */
bool serial_init(void);

/*
 * Sends `length` bytes, a \r before each \n. A line that takes nothing for about a tenth of a
 * second is given up: its bytes are dropped without waiting until it takes one again. Interrupts
 * off.
 */
void serial_write(const char *text, size_t length);

/* Passes everything received on to console_input from now on. Needs interrupts. */
void serial_start_input(void);
