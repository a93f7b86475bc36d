/* The first steps of a load: from a path to a checked image of this kernel's mode. */
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/load.h"
#include "loader/live/state.h"

enum status step_admit(struct load *load)
{
    size_t length = strnlen(load->path, DIAGNOSIS_FILE_MAX);
    if (length == 0)
        return diagnose(load->diagnosis, STATUS_PATH_EMPTY, "%s", "");
    if (length == DIAGNOSIS_FILE_MAX)
        return diagnose(load->diagnosis, STATUS_PATH_TOO_LONG, "the limit is %d bytes",
                        DIAGNOSIS_FILE_MAX - 1);
    /* kmids are never used again; a counter that wrapped would break that. */
    if (loader.next_kmid == UINT32_MAX)
        return diagnose(load->diagnosis, STATUS_COUNT_LIMIT, "no kmid is left");
    return STATUS_OK;
}

enum status step_read(struct load *load)
{
    enum status status = host_file_open(load->path, &load->file);
    if (status != STATUS_OK)
        return diagnose(load->diagnosis, status, "%s", "");
    load->is_file_open = true;
    if (load->file.size != 0)
        return STATUS_OK;
    step_read_back(load);
    return diagnose(load->diagnosis, STATUS_FILE_EMPTY, "%s", "");
}

void step_read_back(struct load *load)
{
    if (load->is_file_open)
        host_file_close(load->file);
    load->is_file_open = false;
}

/* The whole archive is walked, so that a damaged one is refused whichever member is wanted. */
static enum status choose_member(struct load *load)
{
    struct archive archive;
    struct archive_member member;
    bool is_end = false;
    bool is_found = false;
    unsigned members = 0;
    enum status status = archive_open(load->file, &archive, load->diagnosis);
    while (status == STATUS_OK) {
        status = archive_next(&archive, &member, &is_end, load->diagnosis);
        if (status != STATUS_OK || is_end)
            break;
        members++;
        if (is_found || image_peek_machine(member.contents) != host_machine())
            continue;
        load->member = member;
        is_found = true;
    }
    if (status == STATUS_OK && !is_found)
        status = diagnose(load->diagnosis, STATUS_ARCHIVE_NO_MEMBER,
                          "none of %u members is a relocatable object for %s", members,
                          host_machine()->name);
    return status;
}

enum status step_choose(struct load *load)
{
    if (archive_is_archive(load->file) || archive_is_thin(load->file))
        return choose_member(load);
    if (!image_is_elf(load->file))
        return diagnose(load->diagnosis, STATUS_FILE_FORMAT, "%s", "");
    load->member.contents = load->file;
    load->member.name[0] = '\0';
    return STATUS_OK;
}

enum status step_check(struct load *load)
{
    diagnosis_set_member(load->diagnosis, load->member.name);
    enum status status = image_check(load->member.contents, &load->image, load->diagnosis);
    if (status == STATUS_OK && load->image.machine != host_machine())
        status = diagnose(load->diagnosis, STATUS_ELF_MODE, "it is for %s, this kernel is %s",
                          load->image.machine->name, host_machine()->name);
    return status;
}
