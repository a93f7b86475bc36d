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

#define PHYSICAL(symbol) (symbol - KERNEL_BASE)

#define MULTIBOOT1_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS 0x00000003 /* page-aligned modules, memory information */
#define MULTIBOOT2_MAGIC 0xe85250d6

#define ENTRY_PRESENT  0x001
#define ENTRY_WRITABLE 0x002
#define ENTRY_NX_HIGH  0x80000000 /* bit 63, in the upper half of an entry */

#define CR0_PAGING        0x80000000
#define CR0_WRITE_PROTECT 0x00010000
#define CR0_NUMERIC_ERROR 0x00000020
#define CR4_PAE           0x00000020
#define CR4_GLOBAL_PAGES  0x00000080
#define MSR_EFER          0xc0000080
#define EFER_LONG_MODE    0x00000100
#define EFER_NX           0x00000800

#define CPUID_LONG_MODE 29
#define CPUID_NX        20

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
 * Clobbers EAX, ECX, EDX, ESI. EBX is saved around CPUID.
 */
boot_require_cpu:
    pushl %ebx
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb 1f
    movl $0x80000001, %eax
    cpuid
    movl $boot_text_no_long_mode, %esi
    btl $CPUID_LONG_MODE, %edx
    jnc boot_refuse
    movl $boot_text_no_nx, %esi
    btl $CPUID_NX, %edx
    jnc boot_refuse
    popl %ebx
    ret
1:  movl $boot_text_no_long_mode, %esi
/* Falls through. */

/*
 * boot_refuse: writes the text at ESI to the first serial port and to the text screen, then halts.
 */
boot_refuse:
    movl $0xb8000, %edi
1:  lodsb
    testb %al, %al
    jz 3f
    movb $0x4f, %ah /* white on red */
    movw %ax, (%edi)
    addl $2, %edi
    movb %al, %ah
    movl $100000, %ecx /* a serial port that never gets ready must not hang the message */
2:  movw $0x3fd, %dx
    inb %dx, %al
    testb $0x20, %al
    loopz 2b
    movb %ah, %al
    movw $0x3f8, %dx
    outb %al, %dx
    jmp 1b
3:  cli
    hlt
    jmp 3b

/*
 * boot_build_tables: fills the tables for the image, this page, and the tables themselves.
 * The tables are in .bss and were zeroed by the loader. Clobbers EAX, ECX, EDX, EDI, ESI.
 */
boot_build_tables:
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

    /* This page, where it is. */
    movl $PHYSICAL(boot_table_identity), %edi
    movl $kernel_physical_start, %esi
    movl $boot_physical_end, %ecx
    movl $ENTRY_PRESENT, %eax
    xorl %edx, %edx
    call boot_map_range

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
    .asciz "Mortise: this CPU has no long mode (64-bit); start the 32-bit kernel instead. Halted."
boot_text_no_nx:
    .asciz "Mortise: this CPU cannot forbid execution of data (NX), which this kernel needs. Halted."

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

/* Page tables, and the stack that the first thread goes on using, with a guard page below it. */
    .section .bss.pages, "aw", @nobits
    .balign 4096
    .globl boot_top, boot_table_window, boot_stack_guard, boot_stack_low, boot_stack_high
boot_top:
    .skip 4096
boot_pointers:
    .skip 4096
boot_directory:
    .skip 4096
boot_table_image:
    .skip 8192
boot_table_window:
    .skip 4096
boot_pointers_identity:
    .skip 4096
boot_directory_identity:
    .skip 4096
boot_table_identity:
    .skip 4096
boot_stack_guard:
    .skip 4096
boot_stack_low:
    .skip BOOT_STACK_SIZE
boot_stack_high:

    .section .note.GNU-stack, "", @progbits
