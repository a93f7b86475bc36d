/*
 * Extensions written at test time without a compiler, as modld would: with export and import records,
 * so that a test can make any number of them, importing from each other in any way.
 *
 * All of a module's behaviour is the test's: _load and _unload report an event and return what the
 * test's action for that event returns (0 without one); the entry point for configuration calls
 * loader_answer with the module's id. An exported function counts up a number in the module's own
 * data and returns it, so that two copies can be told apart.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"
#include "tests/host/host_loader.h"

struct module {
    int id;              /* _load is event 10 * id, _unload the next; 0: it has neither */
    const char *exports; /* names, separated by spaces */
    const char
        *imports; /* "file:name", separated by spaces; a file without a name is listed only */
    const char *libpath; /* what it records; NULL for nothing */
    bool has_entry;      /* an entry point for configuration is recorded */
    bool is_narrow;      /* for i386: it has data, but no functions */
    bool is_hollow;      /* none of its sections is to be loaded */
};

/* The object; the caller frees .bytes. */
struct span module_make(const struct module *module);
/* Makes it a file of the host. */
void module_add(const char *path, const struct module *module);
#define MODULE(path, ...) module_add(path, &(const struct module){__VA_ARGS__})

/* A member of an archive: a module, or with `text` something that is no object. */
struct archive_part {
    const char *name; /* up to 15 letters */
    const char *text;
    struct module module;
};
void archive_add(const char *path, const struct archive_part *parts, size_t count);
#define ARCHIVE(path, ...)                                                                         \
    archive_add(path, (const struct archive_part[]){__VA_ARGS__},                                  \
                sizeof((const struct archive_part[]){__VA_ARGS__}) / sizeof(struct archive_part))

/* A fresh loader whose modules report events; for cmocka. Nothing may be left when it stops. */
int modules_start(void **state);
int modules_stop(void **state);

/* From now on this decides what the function of that event does and returns; NULL: nothing, 0. */
void on_event(int event, int (*action)(void));
#define EVENT_LOAD(id)   ((id)*10)
#define EVENT_UNLOAD(id) ((id)*10 + 1)
/* An action that fails with EBUSY. */
int refuse(void);
/* The event whose action runs. */
int event_now(void);

/* The private dependent of this primary with that path, and that member when it is not NULL; 0: none. */
uint32_t dependent_of(uint32_t primary, const char *path, const char *member);
/* What import number `number` of an extension was bound to, and a call of it. */
uint64_t bound_address(uint32_t kmid, unsigned number);
int bound_call(uint32_t kmid, unsigned number);

void expect_counts(uint32_t kmid, uint32_t load_count, uint32_t use_count);

/* A request that may be made from inside an action: gives its status; *kmid may be NULL. */
enum status ask_load(const char *path, unsigned flags, uint32_t *kmid);
enum status ask_unload(uint32_t kmid);
