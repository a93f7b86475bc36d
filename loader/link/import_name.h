/* The name of an import file in its two parts: "path" or "path(member)". Pure. */
#pragma once

#include "lib/compiler.h"
#include "loader/diagnosis.h"

struct import_name {
    char path[DIAGNOSIS_FILE_MAX];
    char member[DIAGNOSIS_MEMBER_MAX]; /* "" for none */
};

/* Fails with IMPORT_FILE when `file` is neither form, or too long. */
MUST_CHECK enum status import_name_split(const char *file, struct import_name *name,
                                         struct diagnosis *diagnosis);
