/* Telling what a load would do, from a load that stops before anything runs. Private to loader/live. */
#pragma once

#include "loader/live/load.h"

/* Hands what the load has found to load->plan's functions. */
void plan_fill(const struct load *load);
