/* Error numbers, where AIX programmers look for them. */
#pragma once

#include <mortise/errno.h>
