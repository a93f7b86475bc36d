/*
 * uiomove: bytes between an extension and whoever called it.
 *
 * Everything is checked before the first byte is moved, so a call that fails has changed nothing.
 * Pure: it believes the addresses that it is given.
 */
#include <sys/uio.h>

#include <mortise/errno.h>

#include <stdbool.h>

#include "lib/string.h"

static bool is_outside_memory(const struct iovec *piece)
{
    return piece->iov_base == NULL || piece->iov_len - 1 > UINTPTR_MAX - (uintptr_t)piece->iov_base;
}

/* Whether the pieces have `wanted` bytes; at least one. */
static int check_pieces(const struct uio *uio, size_t wanted)
{
    if (uio->uio_iov == NULL)
        return EFAULT;
    for (int i = 0; i < uio->uio_iovcnt; i++) {
        const struct iovec *piece = &uio->uio_iov[i];
        if (piece->iov_len == 0)
            continue;
        if (is_outside_memory(piece))
            return EFAULT;
        if (piece->iov_len >= wanted)
            return 0;
        wanted -= piece->iov_len;
    }
    return EINVAL;
}

/* Counts `size` bytes of the first piece as used, and passes it when that was the rest of it. */
static void use_piece(struct uio *uio, size_t size)
{
    uio->uio_iov->iov_base += size;
    uio->uio_iov->iov_len -= size;
    if (uio->uio_iov->iov_len > 0)
        return;
    uio->uio_iov++;
    uio->uio_iovcnt--;
    uio->uio_iovdcnt++;
}

/* Copies what the first piece has or takes, `wanted` bytes at most; returns how many. */
static size_t move_piece(char *bytes, size_t wanted, enum uio_rw direction, struct uio *uio)
{
    const struct iovec *piece = uio->uio_iov;
    size_t size = piece->iov_len < wanted ? piece->iov_len : wanted;
    if (size > 0 && direction == UIO_READ)
        memcpy(piece->iov_base, bytes, size);
    else if (size > 0)
        memcpy(bytes, piece->iov_base, size);
    use_piece(uio, size);
    return size;
}

int uiomove(caddr_t bytes, int count, enum uio_rw direction, struct uio *uio)
{
    if (uio == NULL)
        return EFAULT;
    if (count < 0 || uio->uio_resid < 0 || uio->uio_segflg != UIO_SYSSPACE ||
        (direction != UIO_READ && direction != UIO_WRITE))
        return EINVAL;
    size_t left = (size_t)(count < uio->uio_resid ? count : uio->uio_resid);
    if (left == 0)
        return 0;
    int error = bytes == NULL ? EFAULT : check_pieces(uio, left);
    if (error != 0)
        return error;

    uio->uio_resid -= (int)left;
    uio->uio_offset += (off_t)left;
    while (left > 0) {
        size_t moved = move_piece(bytes, left, direction, uio);
        bytes += moved;
        left -= moved;
    }
    return 0;
}
