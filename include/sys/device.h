/*
 * Commands of a configuration entry point, `int entry(int cmd, struct uio *uiop)`.
 *
 * The names are AIX's; their numbers are published nowhere, so these are ours. An entry point is given
 * whatever number its caller named, and answers EINVAL to those it does not know.
 */
#pragma once

#define CFG_INIT  1 /* initialise: uiop describes the parameters, or is NULL */
#define CFG_TERM  2 /* give everything back; an error while still in use */
#define CFG_QVPD  3 /* tell the device's vital product data, into uiop */
#define CFG_UCODE 4 /* load microcode, from uiop */
