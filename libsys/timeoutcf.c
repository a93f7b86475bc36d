/* timeoutcf */
#include <mortise/kernel.h>
#include <sys/libsys.h>

int timeoutcf(int cocnt)
{
    return timeout_reserve(cocnt) == 0 ? 0 : -1;
}
