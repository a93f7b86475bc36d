/*
 * The files of a load. Each is opened once, whatever it is called: a file has one address while it is open
 * (host_file_open), and they are kept in the order of their addresses.
 */
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/fault.h"
#include "loader/live/load.h"

#define FILES_FIRST 8 /* room at first, which doubles */

/* Where the file with this address stands in load->files, or would. */
static size_t find_place(const struct load *load, const uint8_t *bytes)
{
    size_t first = 0;
    size_t end = load->file_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if ((uintptr_t)load->files[middle]->contents.bytes < (uintptr_t)bytes)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* The old room is given back with the rest of the load's memory. */
static bool make_room(struct load *load)
{
    if (load->file_count < load->file_limit)
        return true;
    size_t limit = load->file_limit != 0 ? 2 * load->file_limit : FILES_FIRST;
    struct load_file **files = scratch_allocate(&load->scratch, limit * sizeof(struct load_file *));
    if (files == NULL)
        return false;
    if (load->file_count != 0)
        memcpy(files, load->files, load->file_count * sizeof(struct load_file *));
    load->files = files;
    load->file_limit = limit;
    return true;
}

static struct load_file *add(struct load *load, size_t place, struct span contents)
{
    struct load_file *file =
        make_room(load) ? scratch_allocate(&load->scratch, sizeof(*file)) : NULL;
    if (file == NULL)
        return NULL;
    *file = (struct load_file){.contents = contents};
    struct load_file **at = &load->files[place];
    memmove(at + 1, at, (load->file_count - place) * sizeof(struct load_file *));
    *at = file;
    load->file_count++;
    return file;
}

enum status load_file_open(struct load *load, const char *path, struct load_file **file)
{
    struct span contents;
    enum status status = fault_file_open(path, &contents);
    if (status != STATUS_OK)
        return status;
    size_t place = find_place(load, contents.bytes);
    bool is_open = place < load->file_count &&
                   load->files[place]->contents.bytes == contents.bytes &&
                   load->files[place]->contents.size == contents.size;
    *file = is_open ? load->files[place] : add(load, place, contents);
    if (is_open || *file == NULL)
        host_file_close(contents);
    return *file != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

bool load_file_is_archive(const struct load_file *file)
{
    return archive_is_archive(file->contents) || archive_is_thin(file->contents);
}

static bool is_for_host(struct span object)
{
    return image_peek_machine(object) == host_machine();
}

/* Whoever was asked for without a name is found by it, too. */
static void enter_primary(struct load *load, struct load_file *file)
{
    if (file != load->primary->file)
        return;
    for (size_t i = 0; i < file->index.count; i++) {
        if (file->index.entries[i]->offset == load->primary->object.offset)
            file->members[i] = load->primary;
    }
}

enum status load_file_index(struct load *load, struct load_file *file, struct diagnosis *diagnosis)
{
    size_t size;
    if (file->index.entries != NULL)
        return STATUS_OK;
    enum status status = archive_index_size(file->contents, &size, diagnosis);
    if (status != STATUS_OK)
        return status;
    void *memory = scratch_allocate(&load->scratch, size);
    if (memory != NULL)
        archive_index_make(file->contents, memory, size, is_for_host, &file->index, diagnosis);
    size_t members_size = file->index.count * sizeof(struct member *);
    file->members = memory != NULL ? scratch_allocate(&load->scratch, members_size) : NULL;
    if (file->members == NULL) {
        file->index = (struct archive_index){0};
        return diagnose(diagnosis, STATUS_NO_MEMORY, "an index of %zu bytes", size);
    }
    memset(file->members, 0, members_size);
    enter_primary(load, file);
    return STATUS_OK;
}

void load_files_close(struct load *load)
{
    for (size_t i = 0; i < load->file_count; i++)
        host_file_close(load->files[i]->contents);
    load->file_count = 0;
}
