/* Memory of a load in progress; see the header. */
#include "loader/live/scratch.h"

#include <stdbool.h>

#include "lib/checked.h"
#include "loader/host.h"
#include "loader/live/fault.h"

#define RESERVE_BYTES 4096u /* enough for an object with a hundred sections */
#define ALIGNMENT     16u

struct scratch_piece {
    struct scratch_piece *next;
    uint8_t bytes[] __attribute__((aligned(ALIGNMENT)));
};

static struct {
    uint8_t bytes[RESERVE_BYTES] __attribute__((aligned(ALIGNMENT)));
    bool is_taken;
} reserve;

void scratch_init(struct scratch *scratch)
{
    *scratch = (struct scratch){0};
    if (reserve.is_taken)
        return;
    reserve.is_taken = true;
    scratch->next = reserve.bytes;
    scratch->end = reserve.bytes + RESERVE_BYTES;
}

static void *allocate_piece(struct scratch *scratch, size_t size_bytes)
{
    struct scratch_piece *piece = host_allocate(sizeof(*piece) + size_bytes);
    if (piece == NULL)
        return NULL;
    piece->next = scratch->pieces;
    scratch->pieces = piece;
    return piece->bytes;
}

void *scratch_allocate(struct scratch *scratch, size_t size_bytes)
{
    if (fault_point())
        return NULL;
    /* Without a reserve that is always so, for no bytes too. */
    if (size_bytes >= (size_t)(scratch->end - scratch->next))
        return allocate_piece(scratch, size_bytes);
    /* The reserve's size is a multiple of the alignment, so what is left of it is one too. */
    uint8_t *memory = scratch->next;
    scratch->next += ALIGN_UP(size_bytes, (size_t)ALIGNMENT);
    return memory;
}

void scratch_release(struct scratch *scratch)
{
    while (scratch->pieces != NULL) {
        struct scratch_piece *piece = scratch->pieces;
        scratch->pieces = piece->next;
        host_release(piece);
    }
    if (scratch->next != NULL)
        reserve.is_taken = false;
    scratch->next = scratch->end = NULL;
}
