/*
 * The length of a cache line: 64 bytes on all x86 processors of two decades. Older ones have shorter
 * lines, of which 64 is a multiple, so what is aligned to 64 is aligned for them too.
 */
#pragma once

#define CACHE_LINE_SHIFT 6
#define CACHE_LINE_BYTES (1 << CACHE_LINE_SHIFT)
