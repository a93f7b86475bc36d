/* Showing a diagnosis; see the header. */
#include "kernel/dialect/report.h"

#include "kernel/device/console.h"
#include "lib/status.h"
#include "loader/live/notes.h"

void report_print(const char *command, const struct diagnosis *diagnosis, report_messages *messages)
{
    char line[DIAGNOSIS_FILE_MAX + DIAGNOSIS_MEMBER_MAX + DIAGNOSIS_DETAIL_MAX + 128];
    diagnosis_format(diagnosis, line, sizeof(line));
    console_print("%s: %s\n", command, line);
    if (messages != NULL)
        messages(diagnosis);
    for (const struct diagnosis_note *note = diagnosis->notes; note != NULL; note = note->next)
        console_print("  %s\n", note->text);
    if (diagnosis->notes_lost != 0)
        console_print("  and %zu more, for which there was no memory\n", diagnosis->notes_lost);
    const char *advice = status_advice(diagnosis->status);
    if (advice[0] != '\0')
        console_print("  try: %s\n", advice);
}

int report_failure(const char *command, struct diagnosis *diagnosis, report_messages *messages)
{
    report_print(command, diagnosis, messages);
    diagnosis_release(diagnosis);
    return 1;
}
