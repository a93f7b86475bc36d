/* Segment and task descriptors; body in arch/<machine>/, private to arch/. */
#pragma once

/* Loads the segment table and the task state with its fault stacks. Once. */
void segments_init(void);
