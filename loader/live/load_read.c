/* The first steps of a load: from a path to a checked image of this kernel's mode. */
#include "lib/format.h"
#include "lib/string.h"
#include "loader/host.h"
#include "loader/live/load.h"
#include "loader/live/notes.h"
#include "loader/live/state.h"

/* A dependent's failure also says who wanted it, up to the primary. */
static enum status refuse(struct member *member, enum status status)
{
    for (const struct member *m = member->wanted_by; m != NULL; m = m->wanted_by)
        diagnosis_note(member->load->diagnosis, "needed by %s%s%s%s", m->path,
                       m->object.name[0] != '\0' ? "(" : "", m->object.name,
                       m->object.name[0] != '\0' ? ")" : "");
    return status;
}

static enum status admit(struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    size_t length = strnlen(member->path, DIAGNOSIS_FILE_MAX);
    if (length == 0)
        return diagnose(diagnosis, STATUS_PATH_EMPTY, "%s", "");
    if (length == DIAGNOSIS_FILE_MAX)
        return diagnose(diagnosis, STATUS_PATH_TOO_LONG, "the limit is %d bytes",
                        DIAGNOSIS_FILE_MAX - 1);
    /* kmids are never used again; a counter that wrapped would break that. What loads around this one
     * will need is taken already. */
    if (UINT32_MAX - loader.next_kmid <= LOAD_DEPENDENTS_MAX + loader.promised)
        return diagnose(diagnosis, STATUS_COUNT_LIMIT, "no kmid is left");
    return STATUS_OK;
}

enum status step_admit(struct member *member)
{
    enum status status = admit(member);
    return status != STATUS_OK ? refuse(member, status) : STATUS_OK;
}

enum status step_read(struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    enum status status = member->opened;
    if (member->wanted_by == NULL)
        status = load_file_open(member->load, member->path, &member->file);
    if (status != STATUS_OK)
        return refuse(member, diagnose(diagnosis, status, "%s", ""));
    if (member->file->contents.size == 0)
        return refuse(member, diagnose(diagnosis, STATUS_FILE_EMPTY, "%s", ""));
    return STATUS_OK;
}

/* What choosing found on its way through an archive. */
struct choice {
    unsigned members;
    unsigned archives; /* of those, the ones that are archives themselves; nobody looks into them */
    bool is_found;
};

/* An explicit load takes the first member of the mode with something in it. */
static void consider(struct member *member, const struct archive_member *candidate,
                     struct choice *choice)
{
    choice->members++;
    if (archive_is_archive(candidate->contents) || archive_is_thin(candidate->contents))
        choice->archives++;
    if (choice->is_found || image_peek_loadable(candidate->contents) != host_machine())
        return;
    member->object = *candidate;
    choice->is_found = true;
}

/* The whole archive is walked, so that a damaged one is refused whichever member it has. */
static enum status walk_archive(struct member *member, struct choice *choice)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    struct archive archive;
    struct archive_member candidate;
    bool is_end = false;
    enum status status = archive_open(member->file->contents, &archive, diagnosis);
    while (status == STATUS_OK) {
        status = archive_next(&archive, &candidate, &is_end, diagnosis);
        if (status != STATUS_OK || is_end)
            break;
        consider(member, &candidate, choice);
    }
    return status;
}

static enum status refuse_choice(struct diagnosis *diagnosis, const struct choice *choice)
{
    char archives[64] = "";
    if (choice->archives != 0)
        format_text(archives, sizeof(archives), ", and %u archives in it are not looked into",
                    choice->archives);
    return diagnose(diagnosis, STATUS_ARCHIVE_NO_MEMBER,
                    "none of %u members is a relocatable object with code or data for %s%s",
                    choice->members, host_machine()->name, archives);
}

static enum status choose_primary(struct member *member)
{
    struct choice choice = {0};
    enum status status = walk_archive(member, &choice);
    if (status != STATUS_OK || choice.is_found)
        return status;
    return refuse_choice(member->load->diagnosis, &choice);
}

/* A dependent's member has been named: what is called so and is for this machine. */
static enum status choose_named(struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    if (member->wanted[0] == '\0')
        return diagnose(diagnosis, STATUS_MEMBER_UNNAMED, "%s", "");
    enum status status = load_file_index(member->load, member->file, diagnosis);
    if (status != STATUS_OK)
        return status;
    const struct archive_index *index = &member->file->index;
    size_t place = archive_index_find(index, member->wanted);
    diagnosis_set_member(diagnosis, member->wanted);
    if (place == ARCHIVE_INDEX_NONE)
        return diagnose(diagnosis, STATUS_MEMBER_MISSING, "%s", "");
    if (!index->entries[place]->is_preferred)
        return diagnose(diagnosis, STATUS_ELF_MODE, "it is no relocatable object for %s",
                        host_machine()->name);
    archive_entry_member(index->entries[place], &member->object);
    return STATUS_OK;
}

static enum status choose(struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    struct span file = member->file->contents;
    if (load_file_is_archive(member->file))
        return member->wanted_by == NULL ? choose_primary(member) : choose_named(member);
    if (image_is_bitcode(file))
        return diagnose(diagnosis, STATUS_FILE_BITCODE, "%s", "");
    if (!image_is_elf(file))
        return diagnose(diagnosis, STATUS_FILE_FORMAT, "%s", "");
    diagnosis_set_member(diagnosis, member->wanted);
    if (member->wanted[0] != '\0')
        return diagnose(diagnosis, STATUS_MEMBER_MISSING, "the file is an object, not an archive");
    member->object.contents = file;
    member->file->object = member;
    return STATUS_OK;
}

enum status step_choose(struct member *member)
{
    enum status status = choose(member);
    return status != STATUS_OK ? refuse(member, status) : STATUS_OK;
}

/* Nearly no object needs it. */
static enum status unify_definitions(struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    uint64_t size = unify_size(&member->image);
    if (LIKELY(size == 0))
        return STATUS_OK;
    void *memory = scratch_allocate(&member->load->scratch, (size_t)size);
    if (memory == NULL)
        return diagnose(diagnosis, STATUS_NO_MEMORY, "names of %u symbols",
                        member->image.symbol_count);
    return unify(&member->image, memory, &member->unified, diagnosis);
}

enum status step_check(struct member *member)
{
    struct diagnosis *diagnosis = member->load->diagnosis;
    diagnosis_set_member(diagnosis, member->object.name);
    enum status status = image_check(member->object.contents, &member->image, diagnosis);
    if (status == STATUS_OK && member->image.machine != host_machine())
        status = diagnose(diagnosis, STATUS_ELF_MODE, "it is for %s, this kernel is %s",
                          member->image.machine->name, host_machine()->name);
    if (status == STATUS_OK)
        status = unify_definitions(member);
    return status != STATUS_OK ? refuse(member, status) : STATUS_OK;
}
