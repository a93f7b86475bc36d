/* Reads one argument out of the kernel's command line. Pure; any context. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/compiler.h"

/*
 * Looks for the word `key` or `key=value` in `command_line` and copies the value into `value` of
 * `size_bytes` (at least 1), cut where it does not fit and always ended with a zero byte; "" for a
 * bare key. Returns false, with `value` "", when there is no such word. The last one wins.
 *
 * Words are separated by blanks. Quotes keep blanks together, around the value or the whole word:
 *
 *     run="kload a; poweroff"      as a person writes it
 *     "run=kload a; poweroff"      as GRUB rewrites it
 *     run=\"kload a; poweroff\"    as GRUB rewrites quotes that it did not understand
 *
 * Inside plain quotes \" stands for a quote; \\ stands for a backslash everywhere.
 */
bool boot_argument(const char *command_line, const char *key, char *value, size_t size_bytes);
