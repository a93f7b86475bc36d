/*
 * <stdlib.h> for headers of others (uthash.h) inside the kernel; found by -Ilib/freestanding.
 *
 * It offers nothing. Who includes uthash.h first says where memory comes from, by uthash_malloc,
 * uthash_free and uthash_fatal; whoever forgets does not compile.
 */
#pragma once
