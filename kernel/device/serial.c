/*
 * 16550 driver. The only state beside the device's own is whether it is there and whether it has
 * stopped taking output.
 *
 * Output is polled because it must work before interrupts do and while the kernel panics.
 */
#include "kernel/device/serial.h"

#include <stdint.h>

#include "arch/cpu.h"
#include "arch/interrupt.h"
#include "arch/port.h"
#include "kernel/device/console.h"
#include "kernel/irq/irq.h"

#define COM1 0x3f8

/* Registers, as offsets from the base port. While DLAB is set the first two are the divisor. */
enum {
    REGISTER_DATA = 0,
    REGISTER_DIVISOR_LOW = 0,
    REGISTER_INTERRUPT_ENABLE = 1,
    REGISTER_DIVISOR_HIGH = 1,
    REGISTER_FIFO_CONTROL = 2,
    REGISTER_LINE_CONTROL = 3,
    REGISTER_MODEM_CONTROL = 4,
    REGISTER_LINE_STATUS = 5,
    REGISTER_SCRATCH = 7,
};

enum {
    INTERRUPT_RECEIVED = 0x01,
    FIFO_ENABLE_AND_CLEAR = 0x07, /* with the smallest receive threshold: a key is seen at once */
    LINE_8N1 = 0x03,
    LINE_DLAB = 0x80,
    MODEM_DTR_RTS_OUT2 = 0x0b, /* OUT2 lets the interrupt line through on PCs */
    MODEM_LOOPBACK = 0x1b,
    STATUS_RECEIVED = 0x01,
    STATUS_CAN_SEND = 0x20,
    STATUS_ABSENT = 0xff, /* what an empty bus reads as */
};

#define DIVISOR_115200 1
#define PROBE_BYTE     0xae
/* A port read takes about a microsecond: seconds, since a reader that pauses must lose nothing. */
#define SEND_POLLS_MAX  5000000
#define PROBE_POLLS_MAX 10000

static struct {
    bool is_present;
    bool is_stuck; /* the last byte could not be sent: do not wait again for the next one */
} serial;

static uint8_t register_read(unsigned number)
{
    return port_read8((uint16_t)(COM1 + number));
}

static void register_write(unsigned number, uint8_t value)
{
    port_write8((uint16_t)(COM1 + number), value);
}

static bool wait_for_status(uint8_t bit, unsigned polls)
{
    for (unsigned i = 0; i < polls; i++) {
        if (register_read(REGISTER_LINE_STATUS) & bit)
            return true;
        cpu_relax();
    }
    return false;
}

static bool scratch_register_works(void)
{
    register_write(REGISTER_SCRATCH, PROBE_BYTE);
    return register_read(REGISTER_SCRATCH) == PROBE_BYTE;
}

static void set_line_parameters(void)
{
    register_write(REGISTER_INTERRUPT_ENABLE, 0);
    register_write(REGISTER_LINE_CONTROL, LINE_DLAB);
    register_write(REGISTER_DIVISOR_LOW, DIVISOR_115200);
    register_write(REGISTER_DIVISOR_HIGH, 0);
    register_write(REGISTER_LINE_CONTROL, LINE_8N1);
    register_write(REGISTER_FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
}

/* Sends a byte to itself: the scratch register alone also exists on other chips. */
static bool loopback_works(void)
{
    register_write(REGISTER_MODEM_CONTROL, MODEM_LOOPBACK);
    register_write(REGISTER_DATA, PROBE_BYTE);
    bool works = wait_for_status(STATUS_RECEIVED, PROBE_POLLS_MAX) &&
                 register_read(REGISTER_DATA) == PROBE_BYTE;
    register_write(REGISTER_MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
    return works;
}

bool serial_init(void)
{
    if (!scratch_register_works())
        return false;
    set_line_parameters();
    serial.is_present = loopback_works();
    return serial.is_present;
}

static void send_byte(char byte)
{
    serial.is_stuck = !wait_for_status(STATUS_CAN_SEND, serial.is_stuck ? 1 : SEND_POLLS_MAX);
    if (!serial.is_stuck)
        register_write(REGISTER_DATA, (uint8_t)byte);
}

void serial_write(const char *text, size_t length)
{
    if (!serial.is_present)
        return;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            send_byte('\r');
        send_byte(text[i]);
    }
}

/*
 * Takes everything: the interrupt line is edge-triggered, so a byte left behind would never be
 * announced again.
 */
static void receive(void *unused)
{
    (void)unused;
    for (;;) {
        uint8_t status = register_read(REGISTER_LINE_STATUS);
        if (!(status & STATUS_RECEIVED) || status == STATUS_ABSENT)
            return;
        console_input((char)register_read(REGISTER_DATA));
    }
}

void serial_start_input(void)
{
    if (!serial.is_present)
        return;
    bool were_on = interrupts_save();
    irq_register(IRQ_COM1, receive, NULL);
    register_write(REGISTER_INTERRUPT_ENABLE, INTERRUPT_RECEIVED);
    receive(NULL);
    interrupts_restore(were_on);
}
