/* Lines on standard error. */
#include "tools/support/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/status.h"

static struct {
    const char *program;
    size_t errors;
} report = {.program = "?"};

void report_open(const char *program)
{
    report.program = program;
}

static void write_line(const char *kind, const char *format, va_list arguments)
{
    fprintf(stderr, "%s:%s", report.program, kind);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void report_error(const char *format, ...)
{
    va_list arguments;
    report.errors++;
    va_start(arguments, format);
    write_line(" ", format, arguments);
    va_end(arguments);
}

void report_warning(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(" warning: ", format, arguments);
    va_end(arguments);
}

void report_advice(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line("   ", format, arguments);
    va_end(arguments);
}

void report_diagnosis(const struct diagnosis *diagnosis)
{
    char line[DIAGNOSIS_FILE_MAX + DIAGNOSIS_MEMBER_MAX + 2 * DIAGNOSIS_DETAIL_MAX];
    diagnosis_format(diagnosis, line, sizeof(line));
    report_error("%s", line);
    const char *advice = status_advice(diagnosis->status);
    if (advice[0] != 0)
        report_advice("try: %s", advice);
}

size_t report_error_count(void)
{
    return report.errors;
}
