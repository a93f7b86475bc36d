/* Notes of a diagnosis; see the header. */
#include "loader/live/notes.h"

#include <stdarg.h>

#include "lib/format.h"
#include "loader/host.h"

void diagnosis_note(struct diagnosis *diagnosis, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_text_list(NULL, 0, format, arguments);
    va_end(arguments);
    struct diagnosis_note *note = host_allocate(sizeof(*note) + length + 1);
    if (note == NULL) {
        diagnosis->notes_lost++;
        return;
    }
    va_start(arguments, format);
    format_text_list(note->text, length + 1, format, arguments);
    va_end(arguments);
    note->next = NULL;
    if (diagnosis->last_note == NULL)
        diagnosis->notes = note;
    else
        diagnosis->last_note->next = note;
    diagnosis->last_note = note;
}

void diagnosis_release(struct diagnosis *diagnosis)
{
    while (diagnosis->notes != NULL) {
        struct diagnosis_note *note = diagnosis->notes;
        diagnosis->notes = note->next;
        host_release(note);
    }
    diagnosis->last_note = NULL;
}
