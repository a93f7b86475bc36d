/* The clock behind clock_now_ns (<mortise/kernel.h>), and the tick that drives the scheduler. */
#pragma once

/* Starts the timer and handles its interrupt. Before, clock_now_ns is 0. Once. */
void clock_init(void);
