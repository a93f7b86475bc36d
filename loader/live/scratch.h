/*
 * Memory that only a load in progress needs: taken piece by piece, given back all at once when the load
 * has ended. The first pieces of an outermost load come from a reserve that is always there, so that an
 * ordinary load asks the host for nothing but what stays. Private to loader/live; the lock is held.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct scratch_piece;

struct scratch {
    uint8_t *next; /* of the reserve, when this scratch has it; else both are NULL */
    uint8_t *end;
    struct scratch_piece *pieces; /* that the host gave */
};

/* Takes the reserve, unless a load around this one has it. */
void scratch_init(struct scratch *scratch);
/*
 * A piece aligned to 16, contents undefined; NULL when there is no memory. Each is a point that can be
 * made to fail (fault.h), wherever it comes from.
 */
void *scratch_allocate(struct scratch *scratch, size_t size_bytes);
/* Gives everything back. */
void scratch_release(struct scratch *scratch);
