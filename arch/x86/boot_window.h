/* The boot window (arch/paging.h) for a device; private to arch/. Body in paging.c. */
#pragma once

#include <stdint.h>

#include "arch/paging.h"

/*
 * The page of a device's registers at `page`, to be read and written, not cached; valid until the next
 * use of the window. Before paging_finish_boot.
 */
volatile uint32_t *boot_window_registers(physical_address page);

/* Takes away what the window shows. */
void boot_window_close(void);
