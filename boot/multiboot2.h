/* Multiboot 2 (Multiboot2 Specification 2.0, section 3.6); called by boot/multiboot.c. */
#pragma once

#include <stdint.h>

#include "boot/boot_info.h"
#include "boot/multiboot.h"

/* As multiboot_read, for an `info` that is all zero. */
void multiboot2_read(uint64_t address, boot_memory_view view, struct boot_info *info);
