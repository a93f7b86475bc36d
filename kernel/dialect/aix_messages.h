/*
 * Failures in the shape that an AIX administrator knows: numbered messages (AIX reference, section 8).
 * The numbers are AIX's; the sentences are our own.
 */
#pragma once

#include "kernel/dialect/report.h"

/*
 * Prints the messages of a load that failed, one line each (to be given to report_failure):
 *
 *   0509-150 dependent module FILE could not be loaded          when it was not the file asked for
 *   0509-022 cannot load module FILE
 *   0509-026, 0509-103 or 0509-152                              why, when AIX has a number for it
 *
 * or, for names that are not exported:
 *
 *   0509-130 symbol resolution failed for FILE because:
 *   0509-136   symbol NAME (number N) is not exported from dependent module FILE      for each
 *   0509-192 ...                                                                      what to do
 */
report_messages aix_load_messages;
