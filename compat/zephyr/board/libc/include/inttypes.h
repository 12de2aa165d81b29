/* SPDX-License-Identifier: Apache-2.0 */
/* How integers of a width are printed, on processors of 64 bits. */
#ifndef ZEPHYR_BOARD_INTTYPES_H
#define ZEPHYR_BOARD_INTTYPES_H

#include <stdint.h>

#define PRId32  "d"
#define PRIu32  "u"
#define PRIx32  "x"
#define PRIX32  "X"
#define PRId64  "ld"
#define PRIu64  "lu"
#define PRIx64  "lx"
#define PRIX64  "lX"
#define PRIdPTR "ld"
#define PRIuPTR "lu"
#define PRIxPTR "lx"
#define PRIXPTR "lX"

#endif
