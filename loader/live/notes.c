/* Notes of a diagnosis; see the header. */
#include "loader/live/notes.h"

#include <stdarg.h>

#include "lib/format.h"
#include "lib/string.h"
#include "loader/host.h"

/* A note with room for `text_size` bytes and a provider; NULL when there is no memory for it. */
static struct diagnosis_note *add_note(struct diagnosis *diagnosis, size_t text_size,
                                       const char *provider)
{
    size_t provider_size = strlen(provider) + 1;
    struct diagnosis_note *note = host_allocate(sizeof(*note) + text_size + provider_size);
    if (note == NULL) {
        diagnosis->notes_lost++;
        return NULL;
    }
    *note = (struct diagnosis_note){.provider = note->text + text_size};
    memcpy(note->text + text_size, provider, provider_size);
    if (diagnosis->last_note == NULL)
        diagnosis->notes = note;
    else
        diagnosis->last_note->next = note;
    diagnosis->last_note = note;
    return note;
}

void diagnosis_note(struct diagnosis *diagnosis, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_text_list(NULL, 0, format, arguments);
    va_end(arguments);
    struct diagnosis_note *note = add_note(diagnosis, length + 1, "");
    if (note == NULL)
        return;
    va_start(arguments, format);
    format_text_list(note->text, length + 1, format, arguments);
    va_end(arguments);
}

void diagnosis_note_symbol(struct diagnosis *diagnosis, uint32_t number, const char *name,
                           const char *provider, const char *format, ...)
{
    va_list arguments;
    size_t name_length = strlen(name);
    va_start(arguments, format);
    size_t length = format_text_list(NULL, 0, format, arguments);
    va_end(arguments);
    struct diagnosis_note *note = add_note(diagnosis, name_length + length + 1, provider);
    if (note == NULL)
        return;
    note->symbol = number;
    note->name_length = (uint32_t)name_length;
    memcpy(note->text, name, name_length);
    va_start(arguments, format);
    format_text_list(note->text + name_length, length + 1, format, arguments);
    va_end(arguments);
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
