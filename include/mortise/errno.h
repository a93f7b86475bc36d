/*
 * Error numbers that extensions return from `_load` and `_unload` and that the kernel's services
 * return. The numbers are Linux's, so that programs built against an ordinary libc understand them.
 */
#pragma once

#define EPERM        1  /* Operation not permitted */
#define ENOENT       2  /* No such file or directory */
#define EINTR        4  /* Interrupted call */
#define EIO          5  /* Input/output error */
#define ENXIO        6  /* No such device or address */
#define E2BIG        7  /* Argument list too long */
#define ENOEXEC      8  /* Not an object this kernel can load */
#define EBADF        9  /* Bad file descriptor */
#define EAGAIN       11 /* Try again */
#define ENOMEM       12 /* Out of memory */
#define EACCES       13 /* Permission denied */
#define EFAULT       14 /* Bad address */
#define EBUSY        16 /* Device or resource busy */
#define EEXIST       17 /* File exists */
#define ENODEV       19 /* No such device */
#define ENOTDIR      20 /* Not a directory */
#define EISDIR       21 /* Is a directory */
#define EINVAL       22 /* Invalid argument */
#define ENOSPC       28 /* No space left */
#define EROFS        30 /* Read-only file system */
#define ERANGE       34 /* Result out of range */
#define EDEADLK      35 /* Would deadlock */
#define ENAMETOOLONG 36 /* File name too long */
#define ENOSYS       38 /* Function not implemented */
#define ELOOP        40 /* Too many links in a chain */
#define EOVERFLOW    75 /* Value too large */
