/*
 * ktry: what would become of every object in a folder? Loads and unloads each in turn, one line each,
 * and says at the end whether the loader's state is what it was. Belongs to no dialect.
 *
 * A folder is walked with its sub-folders, in the order of names. The walk remembers a path and
 * nothing else, so its depth costs nothing.
 */
#include "kernel/device/console.h"
#include "kernel/fs/initrd.h"
#include "kernel/shell/command.h"
#include "lib/format.h"
#include "lib/status.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/live/loader.h"
#include "loader/live/notes.h"

#define NAMES_TOLD 4 /* of those that are not exported */

/* Where the walk is. A path given is shorter than a diagnosis's; ustar's are at most 256 long. */
struct walk {
    char path[2 * DIAGNOSIS_FILE_MAX];
    size_t length;
    size_t base; /* length of the path given, which the walk does not leave */
};

static void walk_down(struct walk *walk, const struct initrd_node *child)
{
    walk->length += format_text(walk->path + walk->length, sizeof(walk->path) - walk->length, "/%s",
                                initrd_name(child));
}

static void walk_up(struct walk *walk)
{
    while (walk->path[walk->length - 1] != '/')
        walk->length--;
    walk->path[--walk->length] = '\0';
}

/* The node behind `node`: its first child, the next one beside it, or beside a folder around it. */
static const struct initrd_node *walk_next(struct walk *walk, const struct initrd_node *node)
{
    const struct initrd_node *next = initrd_is_directory(node) ? initrd_first_child(node) : NULL;
    while (next == NULL && walk->length > walk->base) {
        next = initrd_next_sibling(node);
        walk_up(walk);
        node = initrd_find(walk->length != 0 ? walk->path : "/");
    }
    if (next != NULL)
        walk_down(walk, next);
    return next;
}

/* What a load would do, added up. */
struct figures {
    char member[DIAGNOSIS_MEMBER_MAX]; /* of the archive that was tried */
    size_t objects;
    size_t bytes;
    size_t relocations;
    size_t imports;
};

static void add_object(const struct loader_extension *object, uint32_t exports UNUSED,
                       void *context)
{
    struct figures *figures = context;
    figures->objects++;
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++)
        figures->bytes += object->size_bytes[kind];
    if (object->is_primary)
        text_copy(figures->member, sizeof(figures->member), object->member);
}

static void add_relocations(const char *type UNUSED, uint32_t count, void *context)
{
    struct figures *figures = context;
    figures->relocations += count;
}

static void add_binding(const char *name UNUSED, uint64_t address UNUSED,
                        const struct loader_extension *provider UNUSED, void *context)
{
    struct figures *figures = context;
    figures->imports++;
}

/* How the trials have ended. */
struct trials {
    size_t ok;
    size_t refused;
    size_t failed;
};

static void print_file(const char *result, const char *path, const char *member)
{
    bool has_member = member[0] != '\0';
    console_print("%s %s%s%s%s", result, path, has_member ? "(" : "", member,
                  has_member ? ")" : "");
}

/* ": a, b" */
static void print_names(const struct diagnosis_note *note)
{
    unsigned count = 0;
    for (; note != NULL; note = note->next) {
        if (note->symbol == 0 || ++count > NAMES_TOLD)
            continue;
        console_print("%s%.*s", count == 1 ? ": " : ", ", (int)note->name_length, note->text);
    }
    if (count > NAMES_TOLD)
        console_print(" and %u more", count - NAMES_TOLD);
}

/* What went wrong, and in which other file when it was another. */
static void print_reason(const char *path, const struct diagnosis *diagnosis)
{
    if (diagnosis->is_dependent || strcmp(diagnosis->file, path) != 0)
        print_file(", in", diagnosis->file, diagnosis->member);
    console_print("%s%s", diagnosis->detail[0] != '\0' ? ": " : "", diagnosis->detail);
    print_names(diagnosis->notes);
    console_print("\n");
}

static void tell_refused(struct trials *trials, const char *path, struct diagnosis *diagnosis)
{
    bool is_load = diagnosis->status == STATUS_LOAD_REFUSED;
    print_file(is_load ? "failed" : "refused", path,
               diagnosis->is_dependent ? "" : diagnosis->member);
    if (is_load)
        console_print(": _load returned %s", diagnosis->detail);
    else
        console_print(": E%u %s", (unsigned)diagnosis->status, status_sentence(diagnosis->status));
    if (is_load)
        diagnosis->detail[0] = '\0';
    print_reason(path, diagnosis);
    diagnosis_release(diagnosis);
    *(is_load ? &trials->failed : &trials->refused) += 1;
}

/* The second half of a trial: the extension must go again. */
static void take_back(struct trials *trials, const char *path, const struct figures *figures,
                      uint32_t kmid)
{
    struct diagnosis diagnosis;
    struct loader_unload_result result;
    enum status status = loader_unload(kmid, &result, &diagnosis);
    bool is_gone = status == STATUS_OK && result.is_gone;
    print_file(is_gone ? "ok" : "failed", path, figures->member);
    if (is_gone)
        console_print(" %zu object%s, %zu bytes, %zu relocations, %zu imports\n", figures->objects,
                      figures->objects == 1 ? "" : "s", figures->bytes, figures->relocations,
                      figures->imports);
    else if (status == STATUS_OK)
        console_print(": kmid %u stays: load count %u, use count %u\n", kmid, result.load_count,
                      result.use_count);
    else if (status == STATUS_UNLOAD_REFUSED)
        console_print(": _unload returned %s, kmid %u stays\n", diagnosis.detail, kmid);
    else
        console_print(": E%u %s, kmid %u stays\n", (unsigned)status, status_sentence(status), kmid);
    diagnosis_release(&diagnosis);
    *(is_gone ? &trials->ok : &trials->failed) += 1;
}

static void try_file(struct trials *trials, const char *path)
{
    const struct loader_request request = {.path = path};
    struct figures figures = {0};
    const struct loader_plan plan = {
        .object = add_object,
        .relocations = add_relocations,
        .binding = add_binding,
        .context = &figures,
    };
    struct diagnosis diagnosis;
    uint32_t kmid;
    enum status status = loader_plan(&request, &plan, &diagnosis);
    if (status == STATUS_OK) {
        diagnosis_release(&diagnosis);
        status = loader_load(&request, &kmid, &diagnosis);
    }
    if (status != STATUS_OK) {
        tell_refused(trials, path, &diagnosis);
        return;
    }
    diagnosis_release(&diagnosis);
    take_back(trials, path, &figures, kmid);
}

static int try_path(struct trials *trials, const char *command, const char *path)
{
    struct walk walk = {.length = strlen(path)};
    const struct initrd_node *node = initrd_find(path);
    if (walk.length >= DIAGNOSIS_FILE_MAX)
        return command_failed(command, path, status_sentence(STATUS_PATH_TOO_LONG));
    if (node == NULL)
        return command_failed(command, path, status_sentence(STATUS_FILE_MISSING));
    text_copy(walk.path, sizeof(walk.path), path);
    while (initrd_is_directory(node) && walk.length > 0 && walk.path[walk.length - 1] == '/')
        walk.path[--walk.length] = '\0';
    walk.base = walk.length;
    for (; node != NULL; node = walk_next(&walk, node)) {
        if (!initrd_is_directory(node))
            try_file(trials, walk.path);
    }
    return 0;
}

SHELL_COMMAND(
    ktry, "ktry PATH...", "load and unload every object, and tell how each ends",
    "Loads and unloads the file at PATH, or every file of the folder and its sub-folders in the\n"
    "order of names; of an archive what kload would take. One line each:\n"
    "  ok FILE and its figures\n"
    "  refused FILE: E and number, why it was not loaded\n"
    "  failed FILE: what its _load or _unload returned\n"
    "then how many of each, and whether the loader's state is what it was (modstate).\n"
    "Fails unless all are ok and the state is.")
{
    struct trials trials = {0};
    struct loader_state before, after;
    int result = 0;
    if (argument_count < 2)
        return command_usage_error(arguments[0]);
    loader_get_state(&before);
    for (int i = 1; i < argument_count; i++)
        result |= try_path(&trials, arguments[0], arguments[i]);
    loader_get_state(&after);
    bool is_same = after.digest == before.digest;
    console_print("%zu ok, %zu refused, %zu failed; the state %s\n", trials.ok, trials.refused,
                  trials.failed, is_same ? "is as before" : "has changed");
    return result | (trials.refused + trials.failed != 0) | !is_same;
}
