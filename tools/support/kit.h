/* Where the kit is that a host program is part of. */
#pragma once

/* DIR/lib, when the program is DIR/bin/NAME; NULL when the system does not say. */
const char *kit_folder(void);
