/* The stack of a thread that has never run; see context_switch in entry.S for the order. */
#include "arch/context.h"

/* What context_switch pops, lowest address first. */
struct switch_frame {
    uint32_t edi, esi, ebx, ebp;
    uint32_t
        return_address; /* the last word of the stack, so that ESP is a multiple of 16 behind it */
};

extern void context_start(void);

void context_init(struct context *context, uintptr_t stack_top, void (*entry)(void *),
                  void *argument)
{
    struct switch_frame *frame = (struct switch_frame *)stack_top - 1;
    *frame = (struct switch_frame){
        .ebx = (uintptr_t)entry,
        .esi = (uintptr_t)argument,
        .return_address = (uintptr_t)context_start,
    };
    context->stack_pointer = (uintptr_t)frame;
}
