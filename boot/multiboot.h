/*
 * Reads what a multiboot loader leaves behind (Multiboot Specification 0.6.96, section 3.3;
 * Multiboot2 Specification 2.0, section 3.6). The bytes are foreign: every size and address is
 * checked before it is followed.
 */
#pragma once

#include <stdint.h>

#include "boot/boot_info.h"

#define MULTIBOOT1_MAGIC 0x2badb002u
#define MULTIBOOT2_MAGIC 0x36d76289u

/*
 * How foreign physical memory is looked at: returns a pointer to `size_bytes` bytes at `address`,
 * valid until the next call, or NULL when that cannot be. In the kernel this is paging_boot_window,
 * in tests an array.
 */
typedef const void *(*boot_memory_view)(uint64_t address, size_t size_bytes);

/*
 * Fills `info` from the information at physical address `address`, given the magic number that the
 * loader left in EAX. Never fails: what cannot be believed is left out and info->problem says why.
 */
void multiboot_read(uint32_t magic, uint64_t address, boot_memory_view view,
                    struct boot_info *info);
