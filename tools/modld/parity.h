/*
 * Parity: what one member of an archive promises and wants, the other promises and wants too. Or else
 * a program of commands that works on one kernel fails on the other.
 *
 * The members may differ in which routines of the compiler's own making they import: a 32-bit machine
 * divides 64-bit numbers by calling one, and a compiler may copy a struct by a call in one mode only.
 * Every other difference needs an excuse: --allow-mode-difference.
 */
#pragma once

#include "tools/modld/members.h"

/*
 * Compares exported names and their classes, imported names and their files, and entry point, search
 * path and type. Reports every difference that no excuse (a name or a pattern of text_matches) covers,
 * and every excuse that covers none.
 */
void parity_check(const struct members *members, const struct texts *excuses);
