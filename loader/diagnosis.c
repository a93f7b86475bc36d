/* Filling and formatting a diagnosis; see the header. Owns no memory: notes are live/notes.c's. */
#include "loader/diagnosis.h"

#include <stdarg.h>

#include "lib/format.h"
#include "lib/status.h"
#include "lib/text.h"

void diagnosis_init(struct diagnosis *diagnosis)
{
    /* Field by field: an empty text is one zero byte, and there are hundreds behind it. */
    diagnosis->status = STATUS_OK;
    diagnosis->error = 0;
    diagnosis->file[0] = diagnosis->member[0] = diagnosis->detail[0] = '\0';
    diagnosis->notes = diagnosis->last_note = NULL;
    diagnosis->notes_lost = 0;
    diagnosis->is_dependent = false;
}

void diagnosis_set_file(struct diagnosis *diagnosis, const char *file)
{
    text_copy(diagnosis->file, sizeof(diagnosis->file), file);
    diagnosis->member[0] = '\0';
}

void diagnosis_set_member(struct diagnosis *diagnosis, const char *member)
{
    text_copy(diagnosis->member, sizeof(diagnosis->member), member ? member : "");
}

enum status diagnose(struct diagnosis *diagnosis, enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_text_list(diagnosis->detail, sizeof(diagnosis->detail), format, arguments);
    va_end(arguments);
    diagnosis->status = status;
    diagnosis->error = status_errno(status);
    return status;
}

size_t diagnosis_format(const struct diagnosis *diagnosis, char *buffer, size_t size_bytes)
{
    bool has_member = diagnosis->member[0] != '\0';
    bool has_detail = diagnosis->detail[0] != '\0';
    return format_text(buffer, size_bytes, "%s%s%s%s%s%s%s%s [E%d]", diagnosis->file,
                       has_member ? "(" : "", diagnosis->member, has_member ? ")" : "",
                       diagnosis->file[0] != '\0' ? ": " : "", status_sentence(diagnosis->status),
                       has_detail ? ": " : "", diagnosis->detail, (int)diagnosis->status);
}
