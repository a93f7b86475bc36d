/* Starting the loader in this kernel. */
#pragma once

/*
 * Makes the kernel instance zero with the exports of kernel/kernex.exp, and lets backtraces name
 * extensions. Once, during boot, when heap and threads work. Panics when it cannot.
 */
void loader_host_init(void);
