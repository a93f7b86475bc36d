/*
 * The status table as data. A number without a row can only be our mistake, but whoever reports one
 * is already reporting a failure, so it gets a sentence of its own instead of an assertion.
 */
#include "lib/status.h"

#include <stddef.h>

#include "lib/compiler.h"

struct status_row {
    enum status status;
    int error;
    const char *sentence;
    const char *advice;
};

#define STATUS_ROW(name, number, error, sentence, advice) {STATUS_##name, error, sentence, advice},
static const struct status_row status_rows[] = {STATUS_TABLE(STATUS_ROW)};
#undef STATUS_ROW

static const struct status_row status_unknown = {
    .error = EINVAL,
    .sentence = "a status that has no sentence",
    .advice = "this is a mistake in the kernel: please report it",
};

#define ERRNO_NAME(name) [name] = #name
static const char *const errno_names[] = {
    ERRNO_NAME(EPERM),  ERRNO_NAME(ENOENT),    ERRNO_NAME(EINTR),        ERRNO_NAME(EIO),
    ERRNO_NAME(ENXIO),  ERRNO_NAME(E2BIG),     ERRNO_NAME(ENOEXEC),      ERRNO_NAME(EBADF),
    ERRNO_NAME(EAGAIN), ERRNO_NAME(ENOMEM),    ERRNO_NAME(EACCES),       ERRNO_NAME(EFAULT),
    ERRNO_NAME(EBUSY),  ERRNO_NAME(EEXIST),    ERRNO_NAME(ENODEV),       ERRNO_NAME(ENOTDIR),
    ERRNO_NAME(EISDIR), ERRNO_NAME(EINVAL),    ERRNO_NAME(ENOSPC),       ERRNO_NAME(EROFS),
    ERRNO_NAME(ERANGE), ERRNO_NAME(EDEADLK),   ERRNO_NAME(ENAMETOOLONG), ERRNO_NAME(ENOSYS),
    ERRNO_NAME(ELOOP),  ERRNO_NAME(EOVERFLOW),
};
#undef ERRNO_NAME

static const struct status_row *status_find(enum status status)
{
    for (size_t i = 0; i < ARRAY_COUNT(status_rows); i++) {
        if (status_rows[i].status == status)
            return &status_rows[i];
    }
    return &status_unknown;
}

int status_errno(enum status status)
{
    return status_find(status)->error;
}

const char *status_sentence(enum status status)
{
    return status_find(status)->sentence;
}

const char *status_advice(enum status status)
{
    return status_find(status)->advice;
}

const char *errno_name(int number)
{
    if (number < 0 || (size_t)number >= ARRAY_COUNT(errno_names) || errno_names[number] == NULL)
        return "errno";
    return errno_names[number];
}
