/* Files, archives and the members that are chosen of them. */
#include "tools/modplan/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/image/archive.h"
#include "tools/modplan/tell.h"
#include "tools/support/file.h"

static void refuse(struct survey *survey, const char *path, struct plan *plan)
{
    struct label label = {path, NULL};
    survey->refused++;
    tell_refused(&label, plan, survey->options->is_quiet);
}

static void plan_one(struct survey *survey, const struct label *label, struct span object)
{
    struct plan plan;
    plan_make(object, &survey->worlds, survey->options, &plan);
    survey->planned++;
    if (plan.diagnosis.status != STATUS_OK) {
        survey->refused++;
        tell_refused(label, &plan, survey->options->is_quiet);
    } else if (!survey->options->is_quiet) {
        tell_ok(label, &plan);
    }
    if (plan.bytes.bytes != NULL) {
        free((void *)survey->image.bytes);
        survey->image = plan.bytes;
        plan.bytes.bytes = NULL;
    }
    plan_free(&plan);
}

/* What is done with the members of an archive, one after the other. */
typedef void member_visit(struct survey *survey, const char *path,
                          const struct archive_member *member, void *context);

static enum status walk(struct survey *survey, const char *path, struct span file,
                        member_visit *visit, void *context, struct diagnosis *diagnosis)
{
    struct archive archive;
    struct archive_member member;
    bool is_end = false;
    enum status status = archive_open(file, &archive, diagnosis);
    while (status == STATUS_OK) {
        status = archive_next(&archive, &member, &is_end, diagnosis);
        if (status != STATUS_OK || is_end)
            break;
        visit(survey, path, &member, context);
    }
    return status;
}

/* What kernels would choose: for each mode the first member that holds something. */
struct choice {
    struct archive_member members[MODE_COUNT];
    bool are_found[MODE_COUNT];
    unsigned count;
};

static void consider(struct survey *survey UNUSED, const char *path UNUSED,
                     const struct archive_member *member, void *context)
{
    struct choice *choice = context;
    const struct machine *machine = image_peek_loadable(member->contents);
    choice->count++;
    for (size_t i = 0; i < MODE_COUNT; i++) {
        if (choice->are_found[i] || machine != modes[i].machine)
            continue;
        choice->members[i] = *member;
        choice->are_found[i] = true;
    }
}

static void plan_member(struct survey *survey, const char *path,
                        const struct archive_member *member, void *context UNUSED)
{
    struct label label = {path, member->name};
    bool is_archive = archive_is_archive(member->contents) || archive_is_thin(member->contents);
    if (image_is_elf(member->contents))
        plan_one(survey, &label, member->contents);
    else if (!survey->options->is_quiet)
        tell_skipped(&label, is_archive ? "an archive; those in archives are not looked into"
                                        : "no ELF object");
}

/* One for each mode. */
static void plan_chosen(struct survey *survey, const char *path, const struct choice *choice)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        if (choice->are_found[i])
            plan_member(survey, path, &choice->members[i], NULL);
    }
}

/* Nothing of a damaged archive is loaded, so all of it is walked before anything is said. */
static void plan_archive(struct survey *survey, const char *path, struct span file)
{
    struct plan plan = {0};
    struct choice choice = {0};
    if (walk(survey, path, file, consider, &choice, &plan.diagnosis) != STATUS_OK) {
        refuse(survey, path, &plan);
    } else if (survey->options->has_all_members) {
        enum status status = walk(survey, path, file, plan_member, NULL, &plan.diagnosis);
        ASSERT(status == STATUS_OK);
    } else if (choice.are_found[0] || choice.are_found[1]) {
        plan_chosen(survey, path, &choice);
    } else {
        (void)diagnose(&plan.diagnosis, STATUS_ARCHIVE_NO_MEMBER,
                       "none of %u members is a relocatable object with code or data for %s or %s",
                       choice.count, modes[0].machine->name, modes[1].machine->name);
        refuse(survey, path, &plan);
    }
}

/* Why the kernel would not get the bytes; OK when it would. */
static enum status look(const char *path, struct diagnosis *diagnosis)
{
    struct stat about;
    if (path[0] == 0)
        return diagnose(diagnosis, STATUS_PATH_EMPTY, "%s", "");
    if (stat(path, &about) != 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? diagnose(diagnosis, STATUS_FILE_MISSING, "%s", "")
                   : diagnose(diagnosis, STATUS_FILE_READ, "%s", strerror(errno));
    if (S_ISDIR(about.st_mode))
        return diagnose(diagnosis, STATUS_FILE_DIRECTORY, "%s", "");
    return STATUS_OK;
}

/* False when it is refused, or reported. */
static bool open_file(const char *path, struct span *file, struct diagnosis *diagnosis)
{
    if (look(path, diagnosis) != STATUS_OK)
        return false;
    if (!file_read(path, file)) {
        (void)diagnose(diagnosis, STATUS_FILE_READ, "%s", "");
        return false;
    }
    if (file->size != 0)
        return true;
    (void)diagnose(diagnosis, STATUS_FILE_EMPTY, "%s", "");
    return false;
}

void survey_file(struct survey *survey, const char *path)
{
    struct label label = {path, NULL};
    struct plan plan = {0};
    struct span file = span_make(NULL, 0);
    survey->worlds.nearest_steps = NAME_SPACE_NEAREST_STEPS;
    if (!open_file(path, &file, &plan.diagnosis))
        refuse(survey, path, &plan);
    else if (archive_is_archive(file) || archive_is_thin(file))
        plan_archive(survey, path, file);
    else
        plan_one(survey, &label, file);
    free((void *)file.bytes);
}
