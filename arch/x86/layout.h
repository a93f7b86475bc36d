/* The layout of the machine that is being compiled for; private to arch/. */
#pragma once

#ifdef __x86_64__
#include "arch/x86_64/layout.h"
#else
#include "arch/i386/layout.h"
#endif
