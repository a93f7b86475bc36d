/* The table of include/mortise/status.h as functions. Pure; any context; never NULL. */
#pragma once

#include <mortise/status.h>

/* 0 for STATUS_OK, a positive errno number otherwise. */
int status_errno(enum status status);
/* "no such file": why not, without a full stop. */
const char *status_sentence(enum status status);
/* What to do about it; "" where there is nothing to add. */
const char *status_advice(enum status status);
/* "EINVAL" for 22; "errno" when the number has no name here. */
const char *errno_name(int number);
