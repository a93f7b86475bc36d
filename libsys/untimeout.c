/* untimeout: as in AIX, nobody learns whether there was anything to cancel. */
#include <mortise/kernel.h>
#include <sys/libsys.h>

void untimeout(void (*func)(void *), void *arg)
{
    (void)timeout_cancel(func, arg);
}
