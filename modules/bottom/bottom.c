/*
 * bottom: the lower half of the two-part driver, which alone knows the device.
 *
 * It is a shared module (modld -bM:SRE): a load of topdrv brings it along as a private dependent. It
 * could be loaded by hand too, but that would be another copy, unknown to topdrv.
 */
#include "modules/bottom/bottom.h"

#include <mortise/kernel.h>
#include <mortise/module.h>

MODULE_INFO("description", "Lower half of the two-part driver: a printer in the log");
MODULE_INFO("license", "BSD-2-Clause");

#define NAME_BYTES 16

/* Data of this copy; a second topdrv gets a second printer. */
static char printer_name[NAME_BYTES];
static unsigned line_count;

void bottom_start(const char *name)
{
    snprintf(printer_name, sizeof(printer_name), "%s", name);
    line_count = 0;
    printk("bottom: printer %s is on", printer_name);
}

void bottom_stop(void)
{
    printk("bottom: printer %s is off after %u lines", printer_name, line_count);
}

void bottom_print(const char *line)
{
    line_count++;
    printk("%s: %s", printer_name, line);
}
