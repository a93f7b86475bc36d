/* Chooses the mutant that runs; tests/mutation/mutants.py writes the calls. */
#pragma once

#include <stdbool.h>

/* True when mutant `number` was chosen; notes that its place was reached. */
bool mutant_is(unsigned number);
