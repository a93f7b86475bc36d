/* From the vectors to the kernel: exceptions one way, device interrupts the other. */
#include "arch/interrupt.h"

#include "arch/x86/frame.h"
#include "arch/x86/local_apic.h"
#include "arch/x86/pic.h"
#include "arch/x86/vectors.h"

void interrupts_init(void)
{
    vectors_init();
    pic_init();
    local_apic_init();
}

/* Called by entry.S with interrupts off. */
void interrupt_enter(struct trap_frame *frame);
void interrupt_enter(struct trap_frame *frame)
{
    if (frame->vector < PIC_FIRST_VECTOR)
        exception_handle(frame);
    else
        irq_dispatch((unsigned)frame->vector - PIC_FIRST_VECTOR);
}
