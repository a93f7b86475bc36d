/*
 * What libcsys.a (-lcsys) offers: the part of the C library that kernel extensions may use. It is a
 * link-edit library: what is used becomes part of the extension, one object file a function.
 *
 * Where ISO C or POSIX has a function of the name, this is that function. Nothing here sleeps or
 * allocates. All but strtok may be called in any context.
 */
#pragma once

#include <sys/types.h>

/* --- bytes --- */

void *memcpy(void *to, const void *from, size_t size_bytes);
void *memmove(void *to, const void *from, size_t size_bytes);
void *memset(void *to, int byte, size_t size_bytes);
int memcmp(const void *a, const void *b, size_t size_bytes);
void *memchr(const void *bytes, int byte, size_t size_bytes);
/* Copies up to and including `byte`: returns the place behind it in `to`; NULL when it was not met. */
void *memccpy(void *to, const void *from, int byte, size_t size_bytes);

/* Beware of the order: from first. The areas may overlap, in both. */
void bcopy(const void *from, void *to, size_t size_bytes);
void ovbcopy(const void *from, void *to, size_t size_bytes);
/* 0 when equal, 1 when not. */
int bcmp(const void *a, const void *b, size_t size_bytes);
void bzero(void *to, size_t size_bytes);

/* --- text --- */

size_t strlen(const char *text);
char *strcpy(char *to, const char *from);
/* Fills up with zero bytes; without one when `from` is not shorter than size_bytes. */
char *strncpy(char *to, const char *from, size_t size_bytes);
char *strcat(char *to, const char *from);
/* Appends at most `length_max` bytes, and always a zero byte. */
char *strncat(char *to, const char *from, size_t length_max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size_bytes);

char *strchr(const char *text, int byte);
char *strrchr(const char *text, int byte);
char *strstr(const char *text, const char *part);
char *strpbrk(const char *text, const char *set);
size_t strspn(const char *text, const char *set);
size_t strcspn(const char *text, const char *set);
/*
 * Remembers its place between calls in a variable of the extension's own: other extensions are not in
 * its way, but two threads in one extension are.
 */
char *strtok(char *text, const char *separators);

/* --- numbers --- */

/* Leading white space, a sign, digits. What exceeds an int becomes INT_MAX or INT_MIN. */
int atoi(const char *text);
/*
 * A number of at most six digits to the base 64, lowest first: . / 0-9 A-Z a-z are 0 to 63. Ends at
 * any other character. The value is one of 32 bits, with its sign.
 */
long a64l(const char *text);
