/* The local APIC, as far as it concerns the 8259s; private to arch/. */
#pragma once

/*
 * Makes the local APIC, where there is one, hand the 8259s' line and NMI on to the CPU, unless firmware
 * has seen to it. Once, before paging_finish_boot, with interrupts off; uses the boot window.
 */
void local_apic_init(void);
