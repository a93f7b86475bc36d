/*
 * The loader: what a host's commands and system calls call.
 *
 * Every function takes the loader's lock (host.h) itself unless it says otherwise, and may sleep. A
 * request made while the caller already holds it, from inside an extension's _load or _unload, is
 * refused with BUSY.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "loader/diagnosis.h"
#include "loader/image/placement.h"

/* One of the kernel's own exports, as the build's table has them (tools/kernex.c writes it). */
struct kernel_export {
    uintptr_t address;
    const char *name;
    uint32_t hash; /* hash_name of it, computed by the build */
    uint32_t mclass;
};

/*
 * Makes the kernel instance zero, named /unix, with these exports. Once, before anything else. Fails
 * with NO_MEMORY, or SYMBOL_DUPLICATE naming the export.
 */
MUST_CHECK enum status loader_init(const struct kernel_export *exports, size_t count,
                                   struct diagnosis *diagnosis);

enum {
    /* Where an extension with the same path name is loaded, count one more request for it instead of
     * making another instance (AIX reference, section 1.2). Names are compared, not files. */
    LOADER_SINGLE = 1,
};

/*
 * Loads the extension at `path` and stores its kmid. Either it is wholly there when this returns, its
 * names visible, or nothing has changed and the diagnosis says why. The caller gives the diagnosis
 * to diagnosis_release afterwards in either case.
 */
MUST_CHECK enum status loader_load(const char *path, unsigned flags, uint32_t *kmid,
                                   struct diagnosis *diagnosis);

/* What became of an extension whose unloading was requested. */
struct loader_unload_result {
    bool is_gone;
    uint32_t load_count; /* when it is not */
    uint32_t use_count;
};

/*
 * Takes back one load request. An extension without requests and without users is unloaded at once:
 * _unload runs, then its memory goes. One that is still used stays until a later request finds no
 * users; so do those that only it used (AIX reference, sections 1.4 and 7). Fails with KMID_UNKNOWN,
 * KMID_KERNEL, UNLOAD_REFUSED or BUSY; then nothing has changed.
 */
MUST_CHECK enum status loader_unload(uint32_t kmid, struct loader_unload_result *result,
                                     struct diagnosis *diagnosis);

/* The kmid of the newest extension loaded under this path name; 0 when there is none. */
uint32_t loader_query(const char *path);

/* An extension as listings show it; the texts are valid during the visit only. */
struct loader_extension {
    uint32_t kmid;
    uint32_t load_count;
    uint32_t use_count;
    const char *path;
    const char *member;              /* "" when the file is no archive */
    uint64_t address[SEGMENT_COUNT]; /* of text, constants, data; 0 when there is none */
    uint32_t size_bytes[SEGMENT_COUNT];
};
/* Visits extensions, the one loaded first coming first; the kernel is not among them. */
void loader_visit_extensions(void (*visit)(const struct loader_extension *extension, void *context),
                             void *context);

/* A definition as listings show it; valid during the visit only. */
struct loader_symbol {
    const char *name;
    uint64_t address;
    uint32_t mclass;
    const char *owner; /* "unix" for the kernel */
    uint32_t kmid;     /* 0 for the kernel */
    bool is_hidden;    /* a newer definition has the same name */
};
/*
 * Visits the global definitions in the order of their names. False when there is no memory to sort
 * them in; then nothing was visited.
 */
MUST_CHECK bool loader_visit_symbols(void (*visit)(const struct loader_symbol *symbol,
                                                   void *context),
                                     void *context);

/* The whole state in numbers: equal states have equal ones. */
struct loader_state {
    uint64_t digest; /* over all of the below, every extension and every definition */
    size_t instances;
    size_t symbols;
    size_t pages;
    size_t heap_bytes;
};
void loader_get_state(struct loader_state *state);

/*
 * The extension that `address` lies in and the symbol at or below it. Takes no lock: for backtraces, in
 * any context; texts are valid while the extension lives.
 */
MUST_CHECK bool loader_find_address(uintptr_t address, const char **symbol, uintptr_t *offset,
                                    const char **extension);
