/*
 * The chosen mutant: the number in the environment's MUTANT, none without it. What was reached is written
 * at the end to the file named by MUTANTS_SEEN, a byte for each number.
 */
#include "tests/mutation/mutant.h"

#include <stdio.h>
#include <stdlib.h>

#define MUTANTS_MAX 8192

static unsigned chosen;
static unsigned char seen[MUTANTS_MAX];

bool mutant_is(unsigned number)
{
    seen[number % MUTANTS_MAX] = 1;
    return number == chosen;
}

__attribute__((constructor)) static void choose(void)
{
    const char *text = getenv("MUTANT");
    chosen = text != NULL ? (unsigned)atoi(text) : 0;
}

__attribute__((destructor)) static void write_seen(void)
{
    const char *path = getenv("MUTANTS_SEEN");
    FILE *file = path != NULL ? fopen(path, "wb") : NULL;
    if (file == NULL)
        return;
    fwrite(seen, 1, sizeof(seen), file);
    fclose(file);
}
