/* Numbered messages; see the header. */
#include "kernel/dialect/aix_messages.h"

#include "kernel/device/console.h"
#include "lib/compiler.h"

/* Which message tells of which failure. */
static const struct message {
    enum status status;
    const char *number;
    const char *sentence;
} messages[] = {
    {STATUS_FILE_MISSING, "0509-026", "system error: a part of the path does not exist"},
    {STATUS_FILE_DIRECTORY, "0509-026", "system error: the path is a directory"},
    {STATUS_NO_MEMORY, "0509-026", "system error: not enough memory"},
    {STATUS_OUT_OF_REACH, "0509-026", "system error: not enough memory"},
    {STATUS_LIBPATH_MISSING, "0509-150", "a dependent module could not be loaded"},
    {STATUS_MEMBER_MISSING, "0509-152", "the member is not in the archive"},
    {STATUS_FILE_FORMAT, "0509-103", "the module has an invalid magic number"},
    {STATUS_FILE_EMPTY, "0509-103", "the module has an invalid magic number"},
    {STATUS_ELF_MODE, "0509-103", "the module has an invalid magic number"},
    {STATUS_ARCHIVE_NO_MEMBER, "0509-103", "the module has an invalid magic number"},
    {STATUS_UNRESOLVED, "0509-130", "symbols of the module could not be resolved"},
    {STATUS_UNRESOLVED_DEPENDENT, "0509-130", "symbols of the module could not be resolved"},
};

void aix_print_failure(const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < ARRAY_COUNT(messages); i++) {
        if (messages[i].status == diagnosis->status)
            console_print("  %s %s\n", messages[i].number, messages[i].sentence);
    }
}

void aix_print_note(const struct diagnosis_note *note)
{
    if (note->symbol != 0)
        console_print("  0509-136 symbol %.*s (number %u) is not exported from %s\n",
                      (int)note->name_length, note->text, note->symbol, note->provider);
}
