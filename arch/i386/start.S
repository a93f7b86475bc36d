/*
 * From the boot loader to kernel_main.
 *
 * In: the machine state of Multiboot 1 (section 3.2) and Multiboot2 (section 3.3): 32-bit protected
 * mode, paging off, EAX the loader's magic, EBX the physical address of its information.
 *
 * The first page tables made here are the final ones: every page of the image gets its own
 * protection before the first instruction of C, so nothing is ever writable and executable. Only
 * this file's own page is mapped a second time, read-only, at its physical address, until
 * paging_finish_boot.
 */
#include "arch/i386/layout.h"
#include "arch/x86/boot.h"

/* Where the entry for an address is, boot_top being the four directories one behind the other. */
#define TOP_ENTRY(address) (PHYSICAL(boot_top) + ((address) >> 21) * 8)

    .section .boot.text, "ax"
    .globl boot_start
/*
 * boot_start: entry of the image.
 * In: EAX, EBX as above. Does not return.
 */
boot_start:
    cli
    cld
    movl $PHYSICAL(boot_stack_high), %esp
    movl %eax, %ebp /* magic and information are kept in EBP and EBX throughout */
    call boot_require_cpu
    call boot_build_tables
    call boot_enable_paging
    movl $high_start, %eax
    jmp *%eax

/*
 * boot_require_cpu: halts with a sentence unless the CPU has PAE and NX.
 * Clobbers EAX, ECX, EDX, EDI, ESI.
 */
boot_require_cpu:
    call boot_cpu_features
    btl $CPUID_PAE, %esi
    movl $boot_text_no_pae, %esi
    jnc boot_refuse
    movl $boot_text_no_nx, %esi
    btl $CPUID_EXTENDED_NX, %edi
    jnc boot_refuse
    ret

/*
 * boot_build_tables: fills the tables for the image, this page, and the tables themselves.
 * Clobbers EAX, ECX, EDX, EDI, ESI.
 */
boot_build_tables:
    call boot_map_image

    /* Directories: each entry writable, so that the last level decides. */
    movl $(PHYSICAL(boot_table_image) + ENTRY_PRESENT + ENTRY_WRITABLE), %eax
    movl %eax, TOP_ENTRY(KERNEL_BASE)
    addl $4096, %eax
    movl %eax, TOP_ENTRY(KERNEL_BASE) + 8
    movl $(PHYSICAL(boot_table_window) + ENTRY_PRESENT + ENTRY_WRITABLE), TOP_ENTRY(BOOT_WINDOW_BASE)
    movl $(PHYSICAL(boot_table_identity) + ENTRY_PRESENT), PHYSICAL(boot_top)

    /* The pointers to the directories, which have no permissions; and the directories as tables and
       data, never executable. */
    movl $PHYSICAL(boot_top), %eax
    xorl %ecx, %ecx
1:  leal ENTRY_PRESENT(%eax), %edx
    movl %edx, PHYSICAL(boot_pointers)(, %ecx, 8)
    orl $(ENTRY_PRESENT | ENTRY_WRITABLE), %edx
    movl %edx, PHYSICAL(boot_top) + RECURSIVE_SLOT * 8(, %ecx, 8)
    movl $ENTRY_NX_HIGH, PHYSICAL(boot_top) + RECURSIVE_SLOT * 8 + 4(, %ecx, 8)
    addl $4096, %eax
    incl %ecx
    cmpl $RECURSIVE_SLOT_COUNT, %ecx
    jb 1b
    ret

/*
 * boot_enable_paging: turns on PAE, NX, paging and write protection. Clobbers EAX, ECX, EDX, ESI. The
 * return address is taken off the stack first: the stack is not mapped at its physical address.
 */
boot_enable_paging:
    popl %esi
    movl %cr4, %eax
    orl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $PHYSICAL(boot_pointers), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_NX, %eax
    wrmsr
    movl %cr0, %eax
    orl $(CR0_PAGING | CR0_WRITE_PROTECT | CR0_NUMERIC_ERROR), %eax
    movl %eax, %cr0
    jmp *%esi

    .section .boot.rodata, "a"
boot_text_no_pae:
    .asciz "Mortise: this CPU has no physical address extension (PAE), which this kernel needs. Halted.\r\n"
boot_text_no_nx:
    .asciz "Mortise: this CPU cannot forbid execution of data (NX), which this kernel needs. Halted.\r\n"

    .text
/*
 * high_start: the first instructions at the image's own address. The boot loader's flat segments stay
 * until cpu_init.
 * In: EBP the loader's magic, EBX its information. Does not return.
 */
high_start:
    movl $boot_stack_high, %esp
    subl $8, %esp
    pushl %ebx
    pushl %ebp
    xorl %ebp, %ebp /* the end of the chain of stack frames */
    call kernel_main
    ud2

/* The upper page tables. */
    .section .bss.pages, "aw", @nobits
    .balign 4096
    .globl boot_top
boot_top:
    .skip 4 * 4096
boot_pointers:
    .skip 4096

    .section .note.GNU-stack, "", @progbits
