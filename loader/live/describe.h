/* Extensions and symbols as listings show them; private to loader/live. */
#pragma once

#include "loader/live/extension.h"
#include "loader/live/loader.h"

struct loader_extension describe_extension(const struct extension *extension);
/* The extension that has memory at `address`, one that is being loaded included, or NULL. */
const struct extension *extension_at(uintptr_t address);
struct loader_symbol describe_symbol(const struct stack_link *link);
