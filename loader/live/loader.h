/*
 * The loader: what a host's commands and system calls call.
 *
 * Every function takes the loader's lock (host.h) itself unless it says otherwise, and may sleep. It
 * may be called from inside an extension's _load and _unload, which run with the lock held: such a
 * request belongs to the one that it is made from, and is taken back when that one fails.
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
    /* The extension's own exports do not become global either (kmod_load without LD_KERNELEX). */
    LOADER_LOCAL = 2,
};

struct loader_request {
    const char *path;
    /* Folders separated by colons, for dependents without a / in their name; NULL: what the objects
     * record. */
    const char *libpath;
    unsigned flags;
    /* For tests: the fallible step or allocation with this number (from 1) fails, with fail_later every
     * later one too; 0 for none. */
    uint32_t fail_at;
    bool fail_later;
};

/*
 * Loads the extension at request->path with its private dependents and stores its kmid. Either all of
 * it is there when this returns, its names visible, or nothing has changed and the diagnosis says why.
 * The caller gives the diagnosis to diagnosis_release afterwards in either case.
 */
MUST_CHECK enum status loader_load(const struct loader_request *request, uint32_t *kmid,
                                   struct diagnosis *diagnosis);

/* How many points where it could have failed the last outermost load passed. */
uint32_t loader_fault_points(void);

/* An extension as listings show it; the texts are valid during the visit only. */
struct loader_extension {
    uint32_t kmid;
    uint32_t load_count;
    uint32_t use_count;
    bool is_primary;  /* else a private dependent */
    uint32_t primary; /* kmid of the primary of its group */
    const char *path;
    const char *member;              /* "" when the file is no archive */
    uint64_t address[SEGMENT_COUNT]; /* of text, constants, data; 0 when there is none */
    uint32_t size_bytes[SEGMENT_COUNT];
    uint64_t linkage_address; /* of the table and stubs that the loader made; 0 when it made none */
    uint32_t linkage_bytes;
    uint64_t indirect_address; /* of what stands for its indirect functions; 0 when it has none */
    uint32_t indirect_bytes;
    uint32_t indirect_count;
    size_t memory_bytes; /* the whole pages that all of these take */
};

/*
 * What loader_plan tells. The functions are called with the lock held; one that is NULL is not called.
 * Of a load that would work: object, dependents first, each followed by what it says of that object.
 */
struct loader_plan {
    void (*object)(const struct loader_extension *object, uint32_t exports, void *context);
    void (*relocations)(const char *type, uint32_t count, void *context);
    /* A name that it would import, and from whom; NULL and 0 for a weak one that nobody defines. */
    void (*binding)(const char *name, uint64_t address, const struct loader_extension *provider,
                    void *context);
    /* Instead, with LOADER_SINGLE: this one is there, and its load count would grow by one. */
    void (*instance)(const struct loader_extension *instance, void *context);
    /* Or each reason why the load would be refused. The diagnosis is valid during the call. */
    void (*refusal)(const struct diagnosis *reason, void *context);
    void *context;
};

/* Of a load that has more reasons to be refused, so many are told: each may cost what a whole load does. */
#define LOADER_PLAN_REASONS_MAX 100

/*
 * Does everything that the load would do up to sealing, tells the plan, and undoes it: the figures are
 * those of a load that follows. After a failure it goes on with whatever does not depend on what
 * failed: the other objects, their names, their relocations; of one object's format only the first
 * fault is told. It ends with the LOADER_PLAN_REASONS_MAX-th reason. Fails as the load would, with the
 * first reason; request->fail_at counts as in a load.
 */
MUST_CHECK enum status loader_plan(const struct loader_request *request,
                                   const struct loader_plan *plan, struct diagnosis *diagnosis);

/* What became of an extension whose unloading was requested. */
struct loader_unload_result {
    bool is_gone;
    uint32_t load_count; /* when it is not */
    uint32_t use_count;
};

/*
 * Takes back one load request. An extension without requests and without users is unloaded at once:
 * _unload runs, then its memory goes. One that is still used stays until a later request finds no
 * users. What only it used and nobody asks for goes with it (AIX reference, sections 1.4 and 7). Inside
 * another request the unloading itself waits for the end of that one. Fails with KMID_UNKNOWN,
 * KMID_KERNEL, UNLOAD_REFUSED, NO_MEMORY or NESTED_TOO_DEEP; then nothing has changed.
 */
MUST_CHECK enum status loader_unload(uint32_t kmid, struct loader_unload_result *result,
                                     struct diagnosis *diagnosis);

/*
 * Unloads whatever nobody asks for and nobody uses (slibclean). Stores how many went. Fails with BUSY
 * from inside _load and _unload.
 */
MUST_CHECK enum status loader_clean(unsigned *count, struct diagnosis *diagnosis);

/*
 * Calls the entry point that the extension was linked with (modld -e), as
 * int entry(int command, void *data). Fails with KMID_UNKNOWN, KERNEL_ENTRY,
 * NO_ENTRY_POINT, or ENTRY_REFUSED with the value that it returned. loader_entry gives its address, 0 when there is none.
 */
MUST_CHECK enum status loader_configure(uint32_t kmid, int command, void *data,
                                        struct diagnosis *diagnosis);
uintptr_t loader_entry(uint32_t kmid);

/* The kmid of the newest extension loaded under this path name; 0 when there is none. */
uint32_t loader_query(const char *path);

/* Visits extensions, the one loaded first coming first; the kernel is not among them. */
void loader_visit_extensions(void (*visit)(const struct loader_extension *extension, void *context),
                             void *context);

/*
 * Visits the extensions that are bound to a definition of this one. False when there is no such kmid.
 */
MUST_CHECK bool
loader_visit_users(uint32_t kmid, void (*visit)(const struct loader_extension *user, void *context),
                   void *context);

/* How often places of an extension refer to a definition could not be counted: its file has changed. */
#define LOADER_PLACES_UNKNOWN UINT32_MAX

/* A definition as listings show it; valid during the visit only. */
struct loader_symbol {
    const char *name;
    uint64_t address;
    uint32_t mclass;
    const char *owner; /* "unix" for the kernel */
    uint32_t kmid;     /* 0 for the kernel */
    bool is_hidden;    /* a newer definition has the same name */
    bool is_private;   /* only its group sees it */
};
/*
 * Visits the global definitions in the order of their names. False when there is no memory to sort
 * them in; then nothing was visited.
 */
MUST_CHECK bool loader_visit_symbols(void (*visit)(const struct loader_symbol *symbol,
                                                   void *context),
                                     void *context);

/*
 * Visits the definitions called `name`, global and private, and for each the extensions that are bound
 * to it: first with user NULL for the definition itself, then once for each user, with the number of
 * places that refer to it, counted by reading the user's file again.
 */
void loader_visit_bindings(const char *name,
                           void (*visit)(const struct loader_symbol *definition,
                                         const struct loader_extension *user, uint32_t places,
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
