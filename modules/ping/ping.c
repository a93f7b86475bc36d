/*
 * ping: a shared module that needs pong, which needs ping. Neither can be linked with the other
 * first, so each takes the other's export file as its import file. The kernel loads both once.
 */
#include "modules/ping/ping.h"

#include <mortise/module.h>

#include "modules/pong/pong.h"

MODULE_INFO("description", "Plays with pong: two dependents that need each other");
MODULE_INFO("license", "BSD-2-Clause");

static int hit_count;

void ping_hit(int strokes)
{
    hit_count++;
    if (strokes > 1)
        pong_hit(strokes - 1);
}

int ping_count(void)
{
    return hit_count;
}
