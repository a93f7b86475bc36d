/* right: like left, but pong has the service. See modules/left/left.c. */
#include <mortise/kernel.h>
#include <mortise/module.h>
#include <sys/device.h>
#include <sys/uio.h>

#include "modules/ping/ping.h"
#include "modules/pong/pong.h"

MODULE_INFO("description", "Serves pong two strokes; has a ping and a pong of its own");
MODULE_INFO("license", "BSD-2-Clause");

int right_config(int command, struct uio *uio);

static void play(void)
{
    pong_hit(2);
    printk("right: ping had the ball %d times, pong %d times", ping_count(), pong_count());
}

int right_config(int command, struct uio *uio)
{
    (void)uio;
    if (command != CFG_INIT)
        return EINVAL;
    play();
    return 0;
}

int _load(void)
{
    play();
    return 0;
}
