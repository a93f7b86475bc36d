/*
 * Addresses of arch/<machine>/layout.h: KERNEL_BASE plus KERNEL_LOAD_ADDRESS and KERNEL_LIMIT, and
 * EXTENSION_REGION_START and EXTENSION_REGION_END. A test compares them.
 */
#include "tools/modplan/mode.h"

const struct mode modes[MODE_COUNT] = {
    {&machine_x86_64, 0xffffffff80100000, 0xffffffff80400000, 0xffffffff90000000,
     0xfffffffff0000000},
    {&machine_i386, 0xc0100000, 0xc0400000, 0xc1000000, 0xd1000000},
};
