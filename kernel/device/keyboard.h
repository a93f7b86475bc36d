/* The PS/2 keyboard behind a PC's keyboard controller. */
#pragma once

/*
 * Sets the controller up and passes every key on to console_input from now on. Does nothing when
 * there is no controller. Needs interrupts.
 */
void keyboard_start_input(void);
