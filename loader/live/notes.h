/* Notes: the further lines of a diagnosis, in the host's memory. */
#pragma once

#include "lib/compiler.h"
#include "loader/diagnosis.h"

/* Adds a line. Without memory for it only diagnosis->notes_lost grows. */
void diagnosis_note(struct diagnosis *diagnosis, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * The same about symbol `number` called `name`, which `provider` does not export; the line begins with
 * the name, the format goes on behind it.
 */
void diagnosis_note_symbol(struct diagnosis *diagnosis, uint32_t number, const char *name,
                           const char *provider, const char *format, ...) PRINTF_LIKE(5, 6);

/* Gives back the notes. The rest of the diagnosis stays readable. */
void diagnosis_release(struct diagnosis *diagnosis);
