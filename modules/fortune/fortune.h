/* The service of fortune. */
#pragma once

/* Writes a saying in a frame to the kernel log; which one, the clock decides. Any context. */
void fortune_print(void);
