/*
 * Physical frames of 4 KiB: which are free. A frame given out is mapped nowhere; what is in it is
 * undefined. The lowest free frame is given out first, in a number of steps that is always the same.
 *
 * Never given out: the first MiB, the kernel's image, the initrd, memory above FRAMES_LIMIT.
 * Interrupts are off in every call but the two that start it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/paging.h"
#include "boot/boot_info.h"
#include "lib/compiler.h"

#define FRAMES_LIMIT         (64ull << 30)
#define FRAMES_MEMORY_NEEDED (8ull << 20) /* usable memory below which the kernel does not start */

/*
 * Starts with the largest usable range alone: frames can be allocated from its low end, to make page
 * tables with, but not freed yet. Panics when there is too little memory. Once.
 */
void frames_init_early(const struct boot_info *info);

/* Bytes of addresses that frames_init wants: a multiple of PAGE_SIZE. */
size_t frames_map_bytes(void);
/* Maps the record of all frames at `address` and fills it. Once. */
void frames_init(const struct boot_info *info, uintptr_t address);

/* False when there is no free frame. */
MUST_CHECK bool frames_allocate(physical_address *frame);
/* Gives back what frames_allocate returned. */
void frames_free(physical_address frame);

size_t frames_usable_count(void);
size_t frames_free_count(void);
