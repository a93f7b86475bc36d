/*
 * left: one of two extensions that use ping and pong; the other is right. Load both: each gets its own
 * pair, so the counts of one know nothing of the other's games. `kconfig KMID init` plays once more.
 */
#include <mortise/kernel.h>
#include <mortise/module.h>
#include <sys/device.h>
#include <sys/uio.h>

#include "modules/ping/ping.h"
#include "modules/pong/pong.h"

MODULE_INFO("description", "Serves ping five strokes; has a ping and a pong of its own");
MODULE_INFO("license", "BSD-2-Clause");

int left_config(int command, struct uio *uio);

static void play(void)
{
    ping_hit(5);
    printk("left: ping had the ball %d times, pong %d times", ping_count(), pong_count());
}

int left_config(int command, struct uio *uio)
{
    (void)uio;
    if (command != CFG_INIT)
        return EINVAL;
    play();
    return 0;
}

/* Its dependents have been started before it. */
int _load(void)
{
    play();
    return 0;
}
