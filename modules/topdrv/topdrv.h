/* The services of the two-part driver, for extensions that import them from /unix. */
#pragma once

/* Prints one line. Returns 0, or ENXIO while the driver is not configured. */
int topdrv_print(const char *line);

/* How often topdrv_print printed since the driver was configured. */
unsigned topdrv_count(void);
