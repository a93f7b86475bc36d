/*
 * Gathering private dependents: each import file but /unix becomes an object of the load, once for
 * the whole load however many want it, and whatever they call it, so that mutual dependence ends (AIX
 * reference, section 4). What cannot be one becomes an object too, which is refused in its turn: then
 * the refusal is its own.
 *
 * A name with a / is used as it is; one without is looked for along the library path: the request's,
 * else the one that the importing object records, else the primary's.
 */
#include "lib/string.h"
#include "lib/text.h"
#include "loader/link/import_name.h"
#include "loader/live/load.h"
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
    *member = (struct member){.load = load, .wanted_by = wanted_by};
    char *texts = (char *)(member + 1);
    memcpy(texts, path, path_size);
    memcpy(texts + path_size, wanted, wanted_size);
    member->path = texts;
    member->wanted = texts + path_size;
    list_add_last(&load->members, &member->link);
    load->member_count++;
    return member;
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
static enum status try_folder(struct load *load, const char *folder, size_t length,
                              struct import_name *name, struct load_file **found)
{
    char path[DIAGNOSIS_FILE_MAX];
    size_t name_size = strlen(name->path) + 1;
    size_t size = length + 1 + name_size;
    if (length == 0 || size > sizeof(path))
        return STATUS_LIBPATH;
    if (size > LOAD_SEARCH_BYTES_MAX - load->search_bytes)
        return STATUS_LIBPATH_SEARCHES;
    load->search_bytes += (uint32_t)size;
    memcpy(path, folder, length);
    path[length] = '/';
    memcpy(path + length + 1, name->path, name_size);
    enum status status = load_file_open(load, path, found);
    if (status == STATUS_OK)
        text_copy(name->path, sizeof(name->path), path);
    return status == STATUS_FILE_DIRECTORY ? STATUS_FILE_MISSING : status;
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
static enum status search(struct member *member, struct import_name *name, struct load_file **found)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    const char *folders = member->library_path;
    const char *folder = folders;
    for (unsigned i = 0; folder != NULL; i++) {
        size_t length = folder_length(folder);
        enum status status = i < LOAD_FOLDERS_MAX
                                 ? try_folder(member->load, folder, length, name, found)
                                 : STATUS_LIBPATH_LIMIT;
        if (status == STATUS_OK)
            return STATUS_OK;
        if (status != STATUS_FILE_MISSING)
            return diagnose(diagnosis, status, "\"%.*s\" of %.128s", (int)length, folder, folders);
        folder = folder[length] == ':' ? folder + length + 1 : NULL;
    }
    return diagnose(diagnosis, STATUS_LIBPATH_MISSING, "%.64s along %.128s", name->path,
                    folders != NULL ? folders : "no library path");
}

/*
 * Where the member that is `wanted` of a file is noted once it was made; *slot stays as it is for what the
 * file does not have. Of a damaged archive it is the same whichever is wanted.
 */
static enum status find_slot(struct load *load, struct load_file *file, const char *wanted,
                             struct member ***slot)
{
    struct diagnosis ignored;
    enum status status = STATUS_OK;
    bool is_archive = load_file_is_archive(file);
    if (is_archive && file->object == NULL)
        status = load_file_index(load, file, &ignored);
    if (status == STATUS_NO_MEMORY)
        return diagnose(load->diagnosis, status, "%s", ignored.detail);
    if (is_archive ? file->index.entries == NULL : wanted[0] == '\0') {
        *slot = &file->object;
        return STATUS_OK;
    }
    size_t place = archive_index_find(&file->index, wanted);
    if (place != ARCHIVE_INDEX_NONE)
        *slot = &file->members[place];
    return STATUS_OK;
}

/* The object that import file `import` of `member` is; NULL with the diagnosis filled when there is none. */
static struct member *provide(struct member *member, const char *import)
{
    struct load *load = member->load;
    struct import_name name;
    struct load_file *file = NULL;
    struct member *none = NULL; /* what the file does not have is made, and refused, each time */
    struct member **slot = &none;
    enum status opened = STATUS_OK;
    if (import_name_split(import, &name, load->diagnosis) != STATUS_OK)
        return NULL;
    if (strchr(name.path, '/') != NULL)
        opened = load_file_open(load, name.path, &file);
    else if (search(member, &name, &file) != STATUS_OK)
        return NULL;
    if (file != NULL && find_slot(load, file, name.member, &slot) != STATUS_OK)
        return NULL;
    if (*slot != NULL)
        return *slot;
    struct member *made = member_create(load, name.path, name.member, member);
    if (made == NULL)
        return NULL;
    made->file = file;
    made->opened = opened;
    *slot = made;
    return made;
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
        if (!plan_is_full(member))
            member->files[i] = provide(member, file);
        if (member->files[i] == NULL)
            member->files[i] = plan_without(member);
        if (member->files[i] == NULL)
            return member->load->diagnosis->status;
    }
    return STATUS_OK;
}
