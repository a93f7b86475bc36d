/* ar makes the archive; the kernel's reader has the last word on it. */
#include "tools/modld/pack.h"

#include <string.h>

#include "loader/image/archive.h"
#include "tools/modld/program.h"
#include "tools/support/file.h"
#include "tools/support/report.h"

/* ar adds to a file that exists, and this is an archive without members. */
static const char empty_archive[] = "!<arch>\n";

/*
 * q adds at the end; r would take the second of two members with one name (64/x.o, 32/x.o) for a
 * newer first. c: no remark; s: with a symbol table; D: no times, owners and modes.
 */
static bool run_archiver(const struct options *options, const struct members *members,
                         const char *path)
{
    struct program archiver = {"archiver", "ar", "AR", "--ar", options->archiver, NULL};
    struct texts arguments = {0};
    texts_add(&arguments, "qcsD");
    texts_add(&arguments, path);
    for (size_t i = 0; i < members->count; i++)
        texts_add(&arguments, members->items[i].path);
    return program_run(&archiver, &arguments);
}

/* True when the archive holds exactly the bytes that were compared, in their order. */
static bool holds_members(struct span file, const struct members *members,
                          struct diagnosis *diagnosis)
{
    struct archive archive;
    struct archive_member found;
    bool is_end = false;
    if (archive_open(file, &archive, diagnosis) != STATUS_OK)
        return false;
    for (size_t i = 0; i < members->count; i++) {
        struct span wanted = members->items[i].file;
        if (archive_next(&archive, &found, &is_end, diagnosis) != STATUS_OK || is_end ||
            found.contents.size != wanted.size ||
            memcmp(found.contents.bytes, wanted.bytes, wanted.size) != 0)
            return false;
    }
    return archive_next(&archive, &found, &is_end, diagnosis) == STATUS_OK && is_end;
}

bool pack_members(const struct options *options, const struct members *members, const char *path)
{
    struct span file;
    struct diagnosis diagnosis;
    diagnosis_init(&diagnosis);
    diagnosis_set_file(&diagnosis, options->output);
    if (!file_write(path, span_make(empty_archive, strlen(empty_archive))) ||
        !run_archiver(options, members, path) || !file_read(path, &file))
        return false;
    if (holds_members(file, members, &diagnosis))
        return true;
    if (diagnosis.status != STATUS_OK)
        report_diagnosis(&diagnosis);
    else
        report_error("%s: the archiver did not put in what it was given", options->output);
    return false;
}
