/*
 * Entries of interrupts and exceptions, and the switch between threads.
 */
#include "arch/i386/layout.h"

    .text

/*
 * interrupt_common: saves the registers, calls interrupt_enter(struct trap_frame *), restores them.
 * In: vector and error code on the stack (arch/x86/stubs.S).
 */
#define FRAME_ESP   12 /* offsets in struct trap_frame */
#define FRAME_BYTES 52

    .balign 16
    .globl interrupt_common
interrupt_common:
    pushal
    leal FRAME_BYTES(%esp), %eax
    movl %eax, FRAME_ESP(%esp) /* POPA takes no notice of it */
    cld
    movl %esp, %ebx
    andl $-16, %esp
    subl $12, %esp
    pushl %ebx
    call interrupt_enter
    movl %ebx, %esp
    popal
    addl $8, %esp /* vector and error code */
    iretl

/*
 * fault_task_start: where the tasks of double fault, NMI and machine check begin, each on its stack.
 * In: EAX the vector; on the stack an error code, zero, or nothing. Does not return.
 */
    .balign 16
    .globl fault_task_start
fault_task_start:
    andl $-16, %esp
    subl $12, %esp
    pushl %eax
    call fault_task_handle
    ud2

/*
 * context_switch(struct context *from, const struct context *to)
 * In: on the stack, where to leave the running stack pointer and where the other one is. Saves what
 * the psABI lets a function keep across calls; the rest the compiler has saved. Interrupts are off.
 */
    .balign 16
    .globl context_switch
context_switch:
    movl 4(%esp), %eax
    movl 8(%esp), %edx
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl %esp, (%eax)
    movl (%edx), %esp
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret

/*
 * context_start: where a new thread's first context_switch returns to.
 * In: EBX the entry function, ESI its argument (context_init put them there).
 */
    .globl context_start
context_start:
    xorl %ebp, %ebp
    subl $12, %esp
    pushl %esi
    call *%ebx
    ud2

/*
 * gdt_load(const void *pointer, unsigned task_selector): loads the descriptor table, the segment
 * registers and the task register. In: on the stack. Clobbers EAX.
 */
    .globl gdt_load
gdt_load:
    movl 4(%esp), %eax
    lgdt (%eax)
    ljmp $SELECTOR_CODE, $1f
1:  movw $SELECTOR_DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movw 8(%esp), %ax
    ltr %ax
    ret

    .section .note.GNU-stack, "", @progbits
