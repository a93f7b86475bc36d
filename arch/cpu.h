/*
 * The processor as the kernel sees it: one CPU, interrupts on or off, waiting, leaving.
 * Bodies in arch/<machine>/ or arch/x86/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

/*
 * Turns on what this CPU has of the protections (SMEP, SMAP, UMIP; NX and write protect are on since
 * the first instruction of C) and loads descriptor tables. Once, first thing during boot.
 */
void cpu_init(void);

/* One line of text: the CPU's name and the protections that are on. Valid for ever. */
const char *cpu_description(void);

/* Turns interrupts off and returns whether they were on. Nests through the returned value. */
bool interrupts_save(void);
/* Turns interrupts on again when `were_on`. */
void interrupts_restore(bool were_on);
bool interrupts_are_on(void);

/* Turns interrupts on and waits for one; interrupts are on afterwards. */
void cpu_wait_for_interrupt(void);
/* Stops for ever with interrupts off. */
NO_RETURN void cpu_halt(void);
/* Hint inside a waiting loop. */
void cpu_relax(void);

/* A free-running counter of the CPU's own pace; only differences mean something. */
uint64_t cpu_cycle_count(void);

/* Resets the machine. */
NO_RETURN void machine_reboot(void);

/*
 * Switches the machine off. `status` 0 means well, anything else not. Where QEMU's debug exit device
 * answers, QEMU ends with exit code 33 for 0 and 65 for anything else; otherwise the usual power-off
 * ports are tried, and at last the CPU halts.
 */
NO_RETURN void machine_poweroff(int status);

/* Bytes in a page, and the shift that makes a page number of an address. */
#define PAGE_SIZE  4096u
#define PAGE_SHIFT 12
