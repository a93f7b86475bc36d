/* Extensions and symbols as listings show them; private to loader/live. */
#pragma once

#include "loader/live/extension.h"
#include "loader/live/loader.h"

struct loader_extension describe_extension(const struct extension *extension);
struct loader_symbol describe_symbol(const struct stack_link *link);
