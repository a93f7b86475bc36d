/*
 * struct uio: where the data of whoever called an extension is, in pieces; and the kernel's service
 * that moves bytes from and to it.
 */
#pragma once

#include <sys/types.h>

struct iovec {
    caddr_t iov_base;
    size_t iov_len;
};

enum uio_rw {
    UIO_READ = 0,  /* the caller reads: bytes go to where the uio says */
    UIO_WRITE = 1, /* the caller writes: bytes come from where the uio says */
};

/* Values of uio_segflg: whose addresses the pieces are. The numbers are ours. */
#define UIO_USERSPACE 0 /* a program's; there are no programs yet, so uiomove refuses it */
#define UIO_SYSSPACE  1 /* the kernel's */

struct uio {
    struct iovec *uio_iov; /* the first piece that is not used up */
    int uio_iovcnt;        /* pieces from there on */
    int uio_iovdcnt;       /* pieces that are used up */
    off_t uio_offset;      /* in the file or device: grows by what is moved */
    int uio_resid;         /* bytes that may still be moved */
    short uio_segflg;
    int uio_fmode; /* how the file was opened; uiomove does not look at it */
};

/*
 * Moves bytes between `cp`, which is the extension's, and the pieces of `uiop`: `n` of them, or
 * uio_resid where that is less; `rw` says to which side. Pieces are used up in their order: of those
 * it used, uiomove changes iov_base and iov_len, and it changes every number above by what it moved, so
 * that the next call goes on from there. A piece that is used up is passed at once.
 *
 * Returns 0, or an errno number with nothing moved and nothing changed:
 *   EINVAL  n or uio_resid is negative; neither UIO_READ nor UIO_WRITE; not UIO_SYSSPACE; the pieces
 *           hold fewer bytes than shall be moved
 *   EFAULT  uiop, cp, uio_iov or a piece is NULL where bytes shall be moved; a piece goes round the
 *           end of the address space
 * The areas must not overlap. Addresses are believed otherwise. Any context.
 */
int uiomove(caddr_t cp, int n, enum uio_rw rw, struct uio *uiop);
