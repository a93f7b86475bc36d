/* timeout: a thin call of the kernel, which logs a failure. */
#include <mortise/kernel.h>
#include <sys/libsys.h>

_Static_assert(HZ == TIMEOUT_TICKS_PER_SECOND, "both count in ticks of the same length");

int timeout(void (*func)(void *), void *arg, int ticks)
{
    return timeout_start(func, arg, ticks) == 0 ? 0 : -1;
}
