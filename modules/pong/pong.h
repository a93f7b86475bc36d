/* The other player (modules/ping). */
#pragma once

/* Takes the ball and plays on until it was hit `strokes` times, this one included. */
void pong_hit(int strokes);

/* How often this copy of pong had the ball. */
int pong_count(void);
