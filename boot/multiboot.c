/* Chooses the reader for the protocol that the boot loader speaks: see multiboot.h. */
#include "boot/multiboot.h"

#include "boot/boot_info_fill.h"
#include "boot/multiboot1.h"
#include "boot/multiboot2.h"
#include "lib/string.h"

void multiboot_read(uint32_t magic, uint64_t address, boot_memory_view view, struct boot_info *info)
{
    memset(info, 0, sizeof(*info));
    if (magic == MULTIBOOT1_MAGIC) {
        info->protocol = "multiboot 1";
        multiboot1_read(address, view, info);
    } else if (magic == MULTIBOOT2_MAGIC) {
        info->protocol = "multiboot 2";
        multiboot2_read(address, view, info);
    } else {
        info->protocol = "unknown";
        boot_info_problem(info, "the boot loader left magic number 0x%08x, not multiboot's", magic);
    }
}
