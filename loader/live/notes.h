/* Notes: the further lines of a diagnosis, in the host's memory. */
#pragma once

#include "lib/compiler.h"
#include "loader/diagnosis.h"

/* Adds a line. Without memory for it only diagnosis->notes_lost grows. */
void diagnosis_note(struct diagnosis *diagnosis, const char *format, ...) PRINTF_LIKE(2, 3);

/* Gives back the notes. The rest of the diagnosis stays readable. */
void diagnosis_release(struct diagnosis *diagnosis);
