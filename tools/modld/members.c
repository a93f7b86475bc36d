/* Reading and checking the members of an archive. */
#include "tools/modld/members.h"

#include "tools/support/file.h"
#include "tools/support/report.h"

static bool check_object(struct member *member)
{
    struct diagnosis diagnosis;
    diagnosis_init(&diagnosis);
    diagnosis_set_file(&diagnosis, member->path);
    if (image_check(member->file, &member->image, &diagnosis) != STATUS_OK) {
        report_diagnosis(&diagnosis);
        return false;
    }
    /* A plain object does not say what it exports or where its imports come from. */
    if (member->image.exports.bytes == NULL) {
        report_error("%s: was not made by modld", member->path);
        report_advice("try: modld -o OUT.o %s, and give OUT.o", member->path);
        return false;
    }
    return true;
}

/* The kernel takes the first member of its own mode: it would never see a second one. */
static bool is_first_of_mode(const struct members *members, const struct member *member)
{
    for (size_t i = 0; i < members->count; i++) {
        const struct member *earlier = &members->items[i];
        if (earlier->image.machine != member->image.machine)
            continue;
        report_error("%s: is for %s as %s is; an archive has one member for each mode",
                     member->path, member->image.machine->name, earlier->path);
        return false;
    }
    return true;
}

void members_read(const struct texts *paths, struct members *members)
{
    *members = (struct members){0};
    for (size_t i = 0; i < paths->count; i++) {
        struct member member = {.path = paths->items[i]};
        if (file_read(member.path, &member.file) && check_object(&member) &&
            is_first_of_mode(members, &member))
            members->items[members->count++] = member;
    }
    if (members->count < MEMBERS_COUNT && report_error_count() == 0)
        report_error("%s: is for %s, and no member is for the other mode", members->items[0].path,
                     members->items[0].image.machine->name);
}
