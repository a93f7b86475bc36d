/*
 * What a host program has to say about mistakes: lines on standard error, counted, so that a program
 * can tell all of them and fail at the end.
 */
#pragma once

#include <stddef.h>

#include "lib/compiler.h"
#include "loader/diagnosis.h"

/* The name that stands before every line. */
void report_open(const char *program);

/* "program: ..." and counts it. */
void report_error(const char *format, ...) PRINTF_LIKE(1, 2);
/* "program: warning: ...": not an error. */
void report_warning(const char *format, ...) PRINTF_LIKE(1, 2);
/* "program:   ...": more about the error before it. */
void report_advice(const char *format, ...) PRINTF_LIKE(1, 2);
/* A diagnosis with its advice; counts as one. */
void report_diagnosis(const struct diagnosis *diagnosis);

size_t report_error_count(void);
