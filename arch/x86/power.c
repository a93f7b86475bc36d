/* Leaving: reset and power-off, by the ways that PCs and emulators have. */
#include "arch/cpu.h"
#include "arch/port.h"

#define DEBUG_EXIT_PORT    0xf4 /* isa-debug-exit: QEMU ends with (value << 1) | 1 */
#define DEBUG_EXIT_SUCCESS 0x10 /* 33 */
#define DEBUG_EXIT_FAILURE 0x20 /* 65 */

void machine_poweroff(int status)
{
    (void)interrupts_save();
    port_write32(DEBUG_EXIT_PORT, status == 0 ? DEBUG_EXIT_SUCCESS : DEBUG_EXIT_FAILURE);
    port_write16(0x604, 0x2000);  /* ACPI power-off of QEMU's machines */
    port_write16(0xb004, 0x2000); /* the same of older QEMU and of Bochs */
    cpu_halt();
}

void machine_reboot(void)
{
    (void)interrupts_save();
    /* The chip set resets the devices too; some firmware fails when only the CPU starts again. */
    const uint8_t choose_hard_reset = 0x02, hard_reset = 0x06;
    port_write8(0xcf9, choose_hard_reset);
    port_write8(0xcf9, hard_reset);
    const uint8_t pulse_reset = 0xfe;
    port_write8(0x64, pulse_reset); /* the keyboard controller's reset line, on older machines */
    for (int i = 0; i < 1000000; i++)
        cpu_relax();
    /* Without a vector table the next exception resets the CPU. */
    struct {
        uint16_t limit;
        uintptr_t base;
    } __attribute__((packed)) nothing = {0, 0};
    __asm__ volatile("lidt %0; int3" : : "m"(nothing));
    cpu_halt();
}
