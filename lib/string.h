/*
 * The C library's string functions (lib/string.c in the kernel, the C library itself in host
 * programs: the prototypes are the same) and the few that C lacks (lib/text.c).
 * Pure; any context.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

void *memcpy(void *to, const void *from, size_t size_bytes);
void *memmove(void *to, const void *from, size_t size_bytes);
void *memset(void *to, int byte, size_t size_bytes);
int memcmp(const void *a, const void *b, size_t size_bytes);
void *memchr(const void *bytes, int byte, size_t size_bytes);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t size_bytes);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size_bytes);
char *strchr(const char *text, int byte);
char *strrchr(const char *text, int byte);
char *strstr(const char *text, const char *part);
