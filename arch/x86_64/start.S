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
#include "arch/x86_64/layout.h"
#include "arch/x86/boot.h"

    .section .boot.text, "ax"
    .code32
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
    call boot_enter_long_mode
    ljmp $SELECTOR_CODE, $boot_long_mode

/*
 * boot_require_cpu: halts with a sentence unless the CPU has long mode and NX.
 * Clobbers EAX, ECX, EDX, EDI, ESI.
 */
boot_require_cpu:
    call boot_cpu_features
    movl $boot_text_no_long_mode, %esi
    btl $CPUID_EXTENDED_LONG_MODE, %edi
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

    /* Upper tables: each entry writable, so that the last level decides. */
    movl $(PHYSICAL(boot_table_image) + ENTRY_PRESENT + ENTRY_WRITABLE), %eax
    movl %eax, PHYSICAL(boot_directory)
    addl $4096, %eax
    movl %eax, PHYSICAL(boot_directory) + 8
    movl $(PHYSICAL(boot_table_window) + ENTRY_PRESENT + ENTRY_WRITABLE), PHYSICAL(boot_directory) + 16
    movl $(PHYSICAL(boot_directory) + ENTRY_PRESENT + ENTRY_WRITABLE), PHYSICAL(boot_pointers) + 510 * 8
    movl $(PHYSICAL(boot_pointers) + ENTRY_PRESENT + ENTRY_WRITABLE), PHYSICAL(boot_top) + 511 * 8

    movl $(PHYSICAL(boot_table_identity) + ENTRY_PRESENT), PHYSICAL(boot_directory_identity)
    movl $(PHYSICAL(boot_directory_identity) + ENTRY_PRESENT), PHYSICAL(boot_pointers_identity)
    movl $(PHYSICAL(boot_pointers_identity) + ENTRY_PRESENT), PHYSICAL(boot_top)

    /* The tables as data: never executable. */
    movl $(PHYSICAL(boot_top) + ENTRY_PRESENT + ENTRY_WRITABLE), PHYSICAL(boot_top) + RECURSIVE_SLOT * 8
    movl $ENTRY_NX_HIGH, PHYSICAL(boot_top) + RECURSIVE_SLOT * 8 + 4
    ret

/*
 * boot_enter_long_mode: turns on long mode, NX, paging and write protection, and loads the descriptor
 * table that a far jump needs. Clobbers EAX, ECX, EDX, ESI. The return address is taken off the stack
 * first: the stack is not mapped at its physical address.
 */
boot_enter_long_mode:
    popl %esi
    movl %cr4, %eax
    orl $(CR4_PAE | CR4_GLOBAL_PAGES), %eax
    movl %eax, %cr4
    movl $PHYSICAL(boot_top), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $(EFER_LONG_MODE | EFER_NX), %eax
    wrmsr
    lgdt boot_gdt_pointer
    movl %cr0, %eax
    orl $(CR0_PAGING | CR0_WRITE_PROTECT | CR0_NUMERIC_ERROR), %eax
    movl %eax, %cr0
    jmp *%esi

    .code64
/* boot_long_mode: still at the low address; leaves it for the image's own. */
boot_long_mode:
    movabsq $high_start, %rax
    jmp *%rax

    .section .boot.rodata, "a"
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* SELECTOR_CODE: 64-bit code */
    .quad 0x00cf93000000ffff /* SELECTOR_DATA */
boot_gdt_pointer:
    .short . - boot_gdt - 1
    .long boot_gdt
boot_text_no_long_mode:
    .asciz "Mortise: this CPU has no long mode (64-bit); start the 32-bit kernel instead. Halted.\r\n"
boot_text_no_nx:
    .asciz "Mortise: this CPU cannot forbid execution of data (NX), which this kernel needs. Halted.\r\n"

    .text
/*
 * high_start: the first instructions at the image's own address.
 * In: EBP the loader's magic, EBX its information. Does not return.
 */
high_start:
    movw $SELECTOR_DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    leaq boot_stack_high(%rip), %rsp
    movl %ebp, %edi
    movl %ebx, %esi
    xorl %ebp, %ebp /* the end of the chain of stack frames */
    pushq $0
    pushq $0
    call kernel_main
    ud2

/* The upper page tables. */
    .section .bss.pages, "aw", @nobits
    .balign 4096
    .globl boot_top
boot_top:
    .skip 4096
boot_pointers:
    .skip 4096
boot_directory:
    .skip 4096
boot_pointers_identity:
    .skip 4096
boot_directory_identity:
    .skip 4096

    .section .note.GNU-stack, "", @progbits
