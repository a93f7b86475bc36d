/*
 * What the bottom half of the two-part driver offers: a printer that prints into the kernel's log.
 * One printer for each copy of bottom.
 */
#pragma once

/* Switches the printer on; what it prints begins with `name`, at most 15 characters of it. */
void bottom_start(const char *name);

/* Switches it off and says how many lines it printed. */
void bottom_stop(void);

/* Prints one line. The printer must be on. */
void bottom_print(const char *line);
