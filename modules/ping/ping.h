/* One of two players that need each other: ping plays to pong (modules/pong), and pong to ping. */
#pragma once

/* Takes the ball and plays on until it was hit `strokes` times, this one included. */
void ping_hit(int strokes);

/* How often this copy of ping had the ball. */
int ping_count(void);
