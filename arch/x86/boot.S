/*
 * What the boot loader looks for, and the parts of the first instructions that do not depend on the
 * machine: 32-bit code that runs with paging off, at its physical address. boot_start of
 * arch/<machine>/start.S calls them.
 */
#include "arch/x86/layout.h"
#include "arch/x86/boot.h"

#define MULTIBOOT1_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS 0x00000003 /* page-aligned modules, memory information */
#define MULTIBOOT2_MAGIC 0xe85250d6

#define FLAGS_ID 0x00200000 /* can be changed where there is a CPUID instruction */

    .section .multiboot, "a"
    .balign 4
    .long MULTIBOOT1_MAGIC
    .long MULTIBOOT1_FLAGS
    .long -(MULTIBOOT1_MAGIC + MULTIBOOT1_FLAGS)

    .balign 8
multiboot2_header:
    .long MULTIBOOT2_MAGIC
    .long 0 /* i386 protected mode */
    .long multiboot2_header_end - multiboot2_header
    .long -(MULTIBOOT2_MAGIC + 0 + (multiboot2_header_end - multiboot2_header))
    /* Framebuffer request, optional: any size of 32 bits a pixel. */
    .balign 8
    .short 5
    .short 1
    .long 20
    .long 1024
    .long 768
    .long 32
    /* Modules on page borders. */
    .balign 8
    .short 6
    .short 0
    .long 8
    .balign 8
    .short 0
    .short 0
    .long 8
multiboot2_header_end:

    .section .boot.text, "ax"
    .code32

/*
 * boot_cpu_features: what the CPU can do.
 * Out: ESI and EDI as boot.h says, 0 where the CPU cannot tell. Clobbers EAX, ECX, EDX.
 */
    .globl boot_cpu_features
boot_cpu_features:
    pushl %ebx /* CPUID's */
    xorl %esi, %esi
    xorl %edi, %edi
    pushfl
    popl %ecx
    movl %ecx, %eax
    xorl $FLAGS_ID, %eax
    pushl %eax
    popfl
    pushfl
    popl %eax
    pushl %ecx
    popfl
    xorl %ecx, %eax
    testl $FLAGS_ID, %eax
    jz 1f
    movl $1, %eax
    cpuid
    movl %edx, %esi
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb 1f
    movl $0x80000001, %eax
    cpuid
    movl %edx, %edi
1:  popl %ebx
    ret

/*
 * boot_map_image: maps the image, every page with its own protection, and this code a second time at
 * its physical address. The tables are in .bss and were zeroed by the loader.
 * Clobbers EAX, ECX, EDX, EDI, ESI.
 */
    .globl boot_map_image
boot_map_image:
    movl $PHYSICAL(boot_table_image), %edi
    movl $PHYSICAL(kernel_text_start), %esi
    movl $PHYSICAL(kernel_text_end), %ecx
    movl $ENTRY_PRESENT, %eax
    xorl %edx, %edx
    call boot_map_range
    movl $PHYSICAL(kernel_rodata_start), %esi
    movl $PHYSICAL(kernel_rodata_end), %ecx
    movl $ENTRY_PRESENT, %eax
    movl $ENTRY_NX_HIGH, %edx
    call boot_map_range
    movl $PHYSICAL(kernel_data_start), %esi
    movl $PHYSICAL(kernel_data_end), %ecx
    movl $(ENTRY_PRESENT | ENTRY_WRITABLE), %eax
    movl $ENTRY_NX_HIGH, %edx
    call boot_map_range

    movl $PHYSICAL(boot_table_identity), %edi
    movl $kernel_physical_start, %esi
    movl $boot_physical_end, %ecx
    movl $ENTRY_PRESENT, %eax
    xorl %edx, %edx
/* Falls through. */

/*
 * boot_map_range: maps the physical pages [ESI, ECX) through the consecutive page tables at EDI, whose
 * first entry stands for physical address 0. EAX, EDX: low and high half of each entry's flags.
 * Clobbers ESI and EAX.
 */
boot_map_range:
    orl %esi, %eax
1:  cmpl %ecx, %esi
    jae 2f
    pushl %esi
    shrl $9, %esi /* address / 4096 * 8 */
    movl %eax, (%edi, %esi)
    movl %edx, 4(%edi, %esi)
    popl %esi
    addl $4096, %esi
    addl $4096, %eax
    jmp 1b
2:  ret

/*
 * Page tables of the last level, and the stack that the first thread goes on using, with a guard page
 * below it.
 */
    .section .bss.pages, "aw", @nobits
    .balign 4096
    .globl boot_table_image, boot_table_window, boot_table_identity
    .globl boot_stack_guard, boot_stack_low, boot_stack_high
boot_table_image:
    .skip 8192
boot_table_window:
    .skip 4096
boot_table_identity:
    .skip 4096
boot_stack_guard:
    .skip 4096
boot_stack_low:
    .skip BOOT_STACK_SIZE
boot_stack_high:

    .section .note.GNU-stack, "", @progbits
