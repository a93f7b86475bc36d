/*
 * Gathering private dependents: each import file but /unix becomes an object of the load, once for
 * the whole load however many want it, so that mutual dependence ends (AIX reference, section 4).
 *
 * A name with a / is used as it is; one without is looked for along the library path: the request's,
 * else the one that the importing object records, else the primary's.
 */
#include "lib/assert.h"
#include "lib/format.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/host.h"
#include "loader/link/import_name.h"
#include "loader/live/fault.h"
#include "loader/live/load.h"
#include "loader/live/notes.h"
#include "loader/live/plan.h"

struct member *member_create(struct load *load, const char *path, const char *wanted,
                             struct member *wanted_by)
{
    size_t path_size = strlen(path) + 1;
    size_t wanted_size = strlen(wanted) + 1;
    if (load->member_count == LOAD_DEPENDENTS_MAX) {
        (void)diagnose(load->diagnosis, STATUS_DEPENDENT_LIMIT, "%d", LOAD_DEPENDENTS_MAX);
        return NULL;
    }
    struct member *member =
        scratch_allocate(&load->scratch, sizeof(*member) + path_size + wanted_size);
    if (member == NULL) {
        (void)diagnose(load->diagnosis, STATUS_NO_MEMORY, "an object of the load");
        return NULL;
    }
    *member = (struct member){.load = load, .wanted_by = wanted_by, .hash = hash_name(path)};
    char *texts = (char *)(member + 1);
    memcpy(texts, path, path_size);
    memcpy(texts + path_size, wanted, wanted_size);
    member->path = texts;
    member->wanted = texts + path_size;
    list_add_last(&load->members, &member->link);
    load->member_count++;
    return member;
}

void member_close(struct member *member)
{
    if (member->is_file_open)
        host_file_close(member->file);
    member->is_file_open = false;
}

static const char *library_path(const struct member *member)
{
    const struct load *load = member->load;
    if (load->request->libpath != NULL)
        return load->request->libpath;
    const char *own = image_link(&member->image, MOD_LINK_LIBPATH);
    return own != NULL || member == load->primary ? own : load->primary->library_path;
}

/* Tries one folder of the path: OK when there is such a file, FILE_MISSING when not. */
static enum status try_folder(const char *folder, size_t length, struct import_name *name)
{
    char path[DIAGNOSIS_FILE_MAX];
    struct span contents;
    size_t needed = format_text(path, sizeof(path), "%.*s/%s", (int)length, folder, name->path);
    if (length == 0 || needed >= sizeof(path))
        return STATUS_LIBPATH;
    enum status status = fault_file_open(path, &contents);
    if (status != STATUS_OK)
        return status == STATUS_FILE_DIRECTORY ? STATUS_FILE_MISSING : status;
    host_file_close(contents);
    text_copy(name->path, sizeof(name->path), path);
    return STATUS_OK;
}

/* Up to a colon or the end; of one that is too long only as much as makes it so. */
static size_t folder_length(const char *folder)
{
    size_t length = 0;
    while (length < DIAGNOSIS_FILE_MAX && folder[length] != ':' && folder[length] != '\0')
        length++;
    return length;
}

/* Completes a name without a / along the library path. */
static enum status search(struct member *member, struct import_name *name)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    const char *folders = member->library_path;
    const char *folder = folders;
    for (unsigned i = 0; folder != NULL; i++) {
        size_t length = folder_length(folder);
        enum status status =
            i < LOAD_FOLDERS_MAX ? try_folder(folder, length, name) : STATUS_LIBPATH_LIMIT;
        if (status == STATUS_OK)
            return STATUS_OK;
        if (status != STATUS_FILE_MISSING)
            return diagnose(diagnosis, status, "\"%.*s\" of %.128s", (int)length, folder, folders);
        folder = folder[length] == ':' ? folder + length + 1 : NULL;
    }
    return diagnose(diagnosis, STATUS_LIBPATH_MISSING, "%.64s along %.128s", name->path,
                    folders != NULL ? folders : "no library path");
}

static struct member *find_member(struct load *load, const struct import_name *name)
{
    const uint32_t hash = hash_name(name->path);
    list_for_each (link, &load->members) {
        struct member *member = LIST_ENTRY(link, struct member, link);
        if (member->hash != hash)
            continue;
        /* The primary was not asked for by member, but by being the first of its mode. */
        const char *wanted = member == load->primary ? member->object.name : member->wanted;
        if (strcmp(member->path, name->path) == 0 && strcmp(wanted, name->member) == 0)
            return member;
    }
    return NULL;
}

/* The object that import file `file` of `member` is; NULL with the diagnosis filled when there is none. */
static struct member *provide(struct member *member, const char *file)
{
    struct load *load = member->load;
    struct import_name name;
    if (import_name_split(file, &name, load->diagnosis) != STATUS_OK)
        return NULL;
    if (strchr(name.path, '/') == NULL && search(member, &name) != STATUS_OK)
        return NULL;
    struct member *found = find_member(load, &name);
    return found != NULL ? found : member_create(load, name.path, name.member, member);
}

enum status step_gather(struct member *member)
{
    const struct image *image = &member->image;
    const uint32_t count = image->file_count;
    const char *file = (const char *)image->files.bytes;
    member->library_path = library_path(member);
    if (count == 0)
        return STATUS_OK;
    member->files = scratch_allocate(&member->load->scratch, count * sizeof(*member->files));
    if (member->files == NULL)
        return diagnose(member->load->diagnosis, STATUS_NO_MEMORY, "%u import files", count);
    memset(member->files, 0, count * sizeof(*member->files));
    member->file_count = count;
    for (uint32_t i = 0; i < count; i++, file += strlen(file) + 1) {
        if (strcmp(file, MOD_FILE_KERNEL) == 0)
            continue;
        member->files[i] = provide(member, file);
        if (member->files[i] == NULL)
            member->files[i] = plan_without(member);
        if (member->files[i] == NULL)
            return member->load->diagnosis->status;
    }
    return STATUS_OK;
}
