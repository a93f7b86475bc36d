/* Numbered messages; see the header. */
#include "kernel/dialect/aix_messages.h"

#include "kernel/device/console.h"
#include "lib/compiler.h"

/* Why a module could not be loaded. */
static const struct cause {
    enum status status;
    const char *message;
} causes[] = {
    {STATUS_FILE_MISSING, "0509-026 system error: a part of the path does not exist"},
    {STATUS_FILE_DIRECTORY, "0509-026 system error: the path is a directory"},
    {STATUS_FILE_READ, "0509-026 system error: the file could not be read"},
    {STATUS_PATH_TOO_LONG, "0509-026 system error: the path is too long"},
    {STATUS_PATH_EMPTY, "0509-026 system error: the path is empty"},
    {STATUS_NO_MEMORY, "0509-026 system error: not enough memory"},
    {STATUS_OUT_OF_REACH, "0509-026 system error: not enough memory"},
    {STATUS_LIBPATH_MISSING, "0509-026 system error: no folder of the library path has the file"},
    {STATUS_MEMBER_MISSING, "0509-152 the member is not found in the archive"},
    {STATUS_FILE_FORMAT, "0509-103 the module has an invalid magic number"},
    {STATUS_FILE_EMPTY, "0509-103 the module has an invalid magic number"},
    {STATUS_ELF_MODE, "0509-103 the module has an invalid magic number"},
    {STATUS_ELF_MACHINE, "0509-103 the module has an invalid magic number"},
    {STATUS_ARCHIVE_NO_MEMBER, "0509-103 the module has an invalid magic number"},
};

static void print_about(const char *before, const struct diagnosis *diagnosis, const char *behind)
{
    bool has_member = diagnosis->member[0] != '\0';
    console_print("  %s%s%s%s%s%s\n", before, diagnosis->file, has_member ? "(" : "",
                  diagnosis->member, has_member ? ")" : "", behind);
}

static void print_unresolved(const struct diagnosis *diagnosis)
{
    print_about("0509-130 symbol resolution failed for ", diagnosis, " because:");
    for (const struct diagnosis_note *note = diagnosis->notes; note != NULL; note = note->next) {
        if (note->symbol != 0)
            console_print("  0509-136   symbol %.*s (number %u) is not exported from dependent "
                          "module %s\n",
                          (int)note->name_length, note->text, note->symbol, note->provider);
    }
    console_print("  0509-192 look at the symbols that it imports with `nm -u`\n");
}

void aix_load_messages(const struct diagnosis *diagnosis)
{
    enum status status = diagnosis->status;
    if (status == STATUS_UNRESOLVED || status == STATUS_UNRESOLVED_DEPENDENT) {
        print_unresolved(diagnosis);
        return;
    }
    /* What _load returned, and faults of requests rather than of files: AIX has no such thing. */
    if (status > STATUS_NO_MEMORY)
        return;
    if (status == STATUS_LIBPATH_MISSING)
        print_about("0509-150 a dependent module of ", diagnosis, " could not be loaded");
    else if (diagnosis->is_dependent)
        print_about("0509-150 dependent module ", diagnosis, " could not be loaded");
    print_about("0509-022 cannot load module ", diagnosis, "");
    for (size_t i = 0; i < ARRAY_COUNT(causes); i++) {
        if (causes[i].status == status)
            console_print("  %s\n", causes[i].message);
    }
}
