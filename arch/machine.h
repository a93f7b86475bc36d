/*
 * Which of the loader's machines this kernel runs on. The structure is the loader's; arch/ only points
 * to it, so that nothing outside arch/ asks which machine it is.
 */
#pragma once

struct machine;

/* The machine that extensions must be compiled for (loader/machine/machine.h). */
const struct machine *arch_loader_machine(void);

/* "x86_64": for the banner. */
const char *arch_name(void);
