/*
 * topdrv: the upper half of the two-part driver, which everybody sees. It is the one to load:
 *
 *   kload /usr/lib/ext/topdrv.a      brings a copy of bottom.a(bottom.o) along, private to it
 *   kconfig 2 init paper             gives the printer its name (bottom is kmid 1, topdrv kmid 2)
 *   kconfig 2 term                   must come before
 *   kunload 2                        which takes bottom with it
 *
 * Its code calls bottom's functions as if they were its own; modld, linking it with bottom.a, recorded
 * where they come from.
 */
#include "modules/topdrv/topdrv.h"

#include <mortise/kernel.h>
#include <mortise/module.h>
#include <stdbool.h>
#include <sys/device.h>
#include <sys/uio.h>

#include "modules/bottom/bottom.h"

MODULE_INFO("description", "Upper half of the two-part driver: services and configuration");
MODULE_INFO("license", "BSD-2-Clause");

#define NAME_BYTES 16

int topdrv_config(int command, struct uio *uio);

static bool is_configured;
static unsigned print_count;

int topdrv_print(const char *line)
{
    if (!is_configured)
        return ENXIO;
    bottom_print(line);
    print_count++;
    return 0;
}

unsigned topdrv_count(void)
{
    return print_count;
}

/* The data is the caller's; an extension copies from it what it wants to keep. */
static int init(struct uio *uio)
{
    char name[NAME_BYTES] = "";
    if (is_configured)
        return EEXIST;
    if (uio == NULL || uio->uio_resid == 0 || uio->uio_resid >= NAME_BYTES)
        return EINVAL;
    int error = uiomove(name, uio->uio_resid, UIO_WRITE, uio);
    if (error != 0)
        return error;
    bottom_start(name);
    print_count = 0;
    is_configured = true;
    return topdrv_print("configured");
}

static int term(void)
{
    if (!is_configured)
        return ENXIO;
    is_configured = false;
    bottom_stop();
    return 0;
}

/* The configuration entry point (modld -e topdrv_config). */
int topdrv_config(int command, struct uio *uio)
{
    switch (command) {
    case CFG_INIT:
        return init(uio);
    case CFG_TERM:
        return term();
    default:
        return EINVAL;
    }
}

/* Whoever configured the driver has to end that first. */
int _unload(void)
{
    return is_configured ? EBUSY : 0;
}
