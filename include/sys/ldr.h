/*
 * Loading and unloading kernel extensions from an extension (AIX reference, section 2).
 *
 * All three may be called from _load, _unload, the configuration entry point and kernel threads, never
 * from an interrupt handler; they may sleep. What is asked for from inside _load or _unload belongs to
 * that load or unload: when it fails, it is taken back. They return 0 or an errno number.
 */
#pragma once

#include <sys/types.h>

/* Flags of kmod_load. The names are AIX's; their numbers are published nowhere, so these are ours. */
#define LD_USRPATH 0x01 /* the strings are a program's: there are no programs yet, so EINVAL */
#define LD_KERNELEX                                                                                \
    0x02 /* the exports of the extension itself become global; without, nothing does */
#define LD_SINGLELOAD 0x04 /* where the same path name is loaded, count one request more for it */
#define LD_QUERY      0x08 /* only look: *kmidp is 0 when the path name is not loaded */

/*
 * Loads the extension at `pathp`. `libpathp`: folders separated by colons for dependents whose names
 * have no /, or NULL for what the objects record. Stores the kmid; it means nothing after a failure.
 *
 * EINVAL for unknown flags, LD_USRPATH, an empty path or a NULL pointer; otherwise the errno of the
 * refusal (include/mortise/status.h): ENOENT, ENOEXEC, ENOMEM, EDEADLK for a load that asks for itself,
 * ELOOP for requests nested too deeply, or what _load returned.
 */
int kmod_load(caddr_t pathp, uint flags, caddr_t libpathp, mid_t *kmidp);

/*
 * Takes one load request back. `flags` is 0. EINVAL for other flags or a kmid that is not loaded, EBUSY
 * or its own errno when _unload refuses. Success also when the extension stays because it is used.
 */
int kmod_unload(mid_t kmid, uint flags);

/* The entry point that the extension was linked with (modld -e); NULL when there is none, or on error. */
void (*kmod_entrypt(mid_t kmid, uint flags))(void);
