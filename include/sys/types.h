/*
 * Types that AIX programmers expect of this header. In a program of the host it is the host's own,
 * since that system's headers include each other by this name.
 */
#pragma once

#if __STDC_HOSTED__
#include_next <sys/types.h>
#else

#include <stddef.h>
#include <stdint.h>

typedef char *caddr_t; /* an address in the kernel */

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

typedef intptr_t ssize_t;
typedef int64_t off_t; /* of the same width in both modes */

#endif

/* One loaded instance of an extension: the kmid. 0 is none. */
typedef unsigned int mid_t;
