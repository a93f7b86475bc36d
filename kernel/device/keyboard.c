/*
 * Keyboard controller driver. Firmware and boot loaders leave the controller in different states
 * (UEFI may have taken the keyboard for itself), so what matters is set again: translation to scan
 * code set 1, the interrupt, and the keyboard's own scanning. Every wait is bounded.
 */
#include "kernel/device/keyboard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/cpu.h"
#include "arch/interrupt.h"
#include "arch/port.h"
#include "kernel/device/console.h"
#include "kernel/device/scancode.h"
#include "kernel/irq/irq.h"

enum {
    PORT_DATA = 0x60,
    PORT_STATUS = 0x64,  /* read */
    PORT_COMMAND = 0x64, /* written */
};

enum {
    STATUS_HAS_OUTPUT = 0x01, /* there is a byte for us */
    STATUS_IS_BUSY = 0x02,    /* our last byte has not been taken yet */
    STATUS_FROM_MOUSE = 0x20,
    STATUS_ABSENT = 0xff, /* what an empty bus reads as */
};

enum {
    COMMAND_READ_CONFIGURATION = 0x20,
    COMMAND_WRITE_CONFIGURATION = 0x60,
    COMMAND_DISABLE_KEYBOARD = 0xad,
    COMMAND_ENABLE_KEYBOARD = 0xae,
    KEYBOARD_ENABLE_SCANNING = 0xf4,
};

enum {
    CONFIGURATION_INTERRUPT = 0x01,
    CONFIGURATION_KEYBOARD_OFF = 0x10,
    CONFIGURATION_TRANSLATE = 0x40,
};

#define WAIT_POLLS_MAX   50000 /* a port read takes about a microsecond */
#define ANSWER_POLLS_MAX 5000
#define DRAIN_BYTES_MAX  64 /* more than controller and keyboard hold */

static struct {
    struct scancode_decoder decoder;
} keyboard;

static bool wait_for_status(uint8_t bit, bool wanted, unsigned polls)
{
    for (unsigned i = 0; i < polls; i++) {
        if (((port_read8(PORT_STATUS) & bit) != 0) == wanted)
            return true;
        cpu_relax();
    }
    return false;
}

static void send(uint16_t port, uint8_t value)
{
    if (wait_for_status(STATUS_IS_BUSY, false, WAIT_POLLS_MAX))
        port_write8(port, value);
}

static void drain(void)
{
    for (unsigned i = 0; i < DRAIN_BYTES_MAX; i++) {
        if (!(port_read8(PORT_STATUS) & STATUS_HAS_OUTPUT))
            return;
        port_read8(PORT_DATA);
    }
}

static void set_configuration(void)
{
    send(PORT_COMMAND, COMMAND_READ_CONFIGURATION);
    if (!wait_for_status(STATUS_HAS_OUTPUT, true, WAIT_POLLS_MAX))
        return;
    unsigned configuration = port_read8(PORT_DATA);
    configuration |= CONFIGURATION_INTERRUPT | CONFIGURATION_TRANSLATE;
    configuration &= ~(unsigned)CONFIGURATION_KEYBOARD_OFF;
    send(PORT_COMMAND, COMMAND_WRITE_CONFIGURATION);
    send(PORT_DATA, (uint8_t)configuration);
}

/* The keyboard is silent while the configuration is read: no key is to be taken for the answer. */
static void set_up_controller(void)
{
    send(PORT_COMMAND, COMMAND_DISABLE_KEYBOARD);
    drain();
    set_configuration();
    send(PORT_COMMAND, COMMAND_ENABLE_KEYBOARD);
    send(PORT_DATA, KEYBOARD_ENABLE_SCANNING);
    /* The keyboard acknowledges after a moment; the byte must not be decoded as a key. */
    (void)wait_for_status(STATUS_HAS_OUTPUT, true, ANSWER_POLLS_MAX);
    drain();
}

static void take_code(uint8_t code)
{
    char bytes[SCANCODE_BYTES_MAX];
    size_t count = scancode_decode(&keyboard.decoder, code, bytes);
    for (size_t i = 0; i < count; i++)
        console_input(bytes[i]);
}

static void handle_interrupt(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < DRAIN_BYTES_MAX; i++) {
        uint8_t status = port_read8(PORT_STATUS);
        if (!(status & STATUS_HAS_OUTPUT))
            return;
        uint8_t code = port_read8(PORT_DATA);
        if (!(status & STATUS_FROM_MOUSE))
            take_code(code);
    }
}

void keyboard_start_input(void)
{
    if (port_read8(PORT_STATUS) == STATUS_ABSENT)
        return;
    bool were_on = interrupts_save();
    set_up_controller();
    irq_register(IRQ_KEYBOARD, handle_interrupt, NULL);
    interrupts_restore(were_on);
}
