/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of errors, those that Zephyr's interfaces return. */
#ifndef ZEPHYR_BOARD_ERRNO_H
#define ZEPHYR_BOARD_ERRNO_H

#define EPERM         1
#define ENOENT        2
#define EINTR         4
#define EIO           5
#define E2BIG         7
#define EAGAIN        11
#define ENOMEM        12
#define EACCES        13
#define EFAULT        14
#define EBUSY         16
#define EEXIST        17
#define ENODEV        19
#define EINVAL        22
#define ENOSPC        28
#define EDOM          33
#define ERANGE        34
#define EDEADLK       35
#define ENOSYS        38
#define EBADF         9
#define EOVERFLOW     75
#define ENOTSUP       95
#define EADDRINUSE    98
#define EADDRNOTAVAIL 99
#define ETIMEDOUT     110
#define EALREADY      114
#define ECANCELED     125

#endif
