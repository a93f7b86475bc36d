/* pong: the other half of the pair; see modules/ping/ping.c. */
#include "modules/pong/pong.h"

#include <mortise/module.h>

#include "modules/ping/ping.h"

MODULE_INFO("description", "Plays with ping: two dependents that need each other");
MODULE_INFO("license", "BSD-2-Clause");

static int hit_count;

void pong_hit(int strokes)
{
    hit_count++;
    if (strokes > 1)
        ping_hit(strokes - 1);
}

int pong_count(void)
{
    return hit_count;
}
