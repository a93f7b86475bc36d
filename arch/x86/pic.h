/* The pair of 8259 interrupt controllers; private to arch/. */
#pragma once

/* Lines 0 to 15 arrive as these vectors. */
#define PIC_FIRST_VECTOR 32

/* Sets both controllers up with every line masked. */
void pic_init(void);
