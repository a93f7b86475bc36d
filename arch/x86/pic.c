/*
 * The pair of 8259 interrupt controllers that every PC has or imitates.
 * Source: Intel 8259A data sheet.
 */
#include "arch/x86/pic.h"

#include "arch/interrupt.h"
#include "arch/port.h"

#define FIRST_COMMAND  0x20
#define FIRST_DATA     0x21
#define SECOND_COMMAND 0xa0
#define SECOND_DATA    0xa1

#define LINES_PER_CONTROLLER 8
#define CASCADE_LINE         2

#define COMMAND_INIT         0x11 /* edge triggered, cascaded, four words follow */
#define COMMAND_END          0x20
#define COMMAND_READ_SERVICE 0x0b
#define MODE_8086            0x01

static void controller_init(uint16_t command, uint16_t data, uint8_t vector, uint8_t wiring)
{
    port_write8(command, COMMAND_INIT);
    port_write8(data, vector);
    port_write8(data, wiring);
    port_write8(data, MODE_8086);
    port_write8(data, 0xff);
}

void pic_init(void)
{
    controller_init(FIRST_COMMAND, FIRST_DATA, PIC_FIRST_VECTOR, 1 << CASCADE_LINE);
    controller_init(SECOND_COMMAND, SECOND_DATA, PIC_FIRST_VECTOR + LINES_PER_CONTROLLER,
                    CASCADE_LINE);
    interrupt_line_enable(CASCADE_LINE);
}

static uint16_t line_command(unsigned line)
{
    return line < LINES_PER_CONTROLLER ? FIRST_COMMAND : SECOND_COMMAND;
}

static uint16_t line_data(unsigned line)
{
    return line < LINES_PER_CONTROLLER ? FIRST_DATA : SECOND_DATA;
}

static uint8_t line_bit(unsigned line)
{
    return (uint8_t)(1u << line % LINES_PER_CONTROLLER);
}

void interrupt_line_enable(unsigned line)
{
    port_write8(line_data(line), port_read8(line_data(line)) & (uint8_t)~line_bit(line));
}

void interrupt_line_disable(unsigned line)
{
    port_write8(line_data(line), port_read8(line_data(line)) | line_bit(line));
}

static bool line_is_in_service(unsigned line)
{
    port_write8(line_command(line), COMMAND_READ_SERVICE);
    return (port_read8(line_command(line)) & line_bit(line)) != 0;
}

/* A line that went away before the CPU asked arrives as the controller's last line, unserved. */
bool interrupt_line_begin(unsigned line)
{
    bool may_be_spurious = line % LINES_PER_CONTROLLER == LINES_PER_CONTROLLER - 1;
    if (!may_be_spurious || line_is_in_service(line))
        return true;
    if (line >= LINES_PER_CONTROLLER)
        port_write8(FIRST_COMMAND, COMMAND_END); /* the cascade itself was real */
    return false;
}

void interrupt_line_end(unsigned line)
{
    if (line >= LINES_PER_CONTROLLER)
        port_write8(SECOND_COMMAND, COMMAND_END);
    port_write8(FIRST_COMMAND, COMMAND_END);
}
