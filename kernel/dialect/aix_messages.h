/*
 * Failures in the shape that an AIX administrator knows: numbered messages (AIX reference, section 8).
 * The numbers are AIX's; the sentences are our own.
 */
#pragma once

#include "loader/diagnosis.h"

/* Prints the message that goes with the diagnosis, if AIX has one for it. */
void aix_print_failure(const struct diagnosis *diagnosis);
/* Prints the message about a symbol that a note is about, if it is about one. */
void aix_print_note(const struct diagnosis_note *note);
