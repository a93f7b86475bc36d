/*
 * The functions of lib/string.h whose fastest form is a matter of the machine: blocks of bytes. They
 * mean what they mean in ISO C; compilers call them on their own.
 */
#pragma once

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size_bytes);
void *memmove(void *to, const void *from, size_t size_bytes);
void *memset(void *to, int byte, size_t size_bytes);
