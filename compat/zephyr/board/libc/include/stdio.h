/* SPDX-License-Identifier: Apache-2.0 */
/* The part of C's <stdio.h> that makes text: Zephyr's. */
#ifndef ZEPHYR_BOARD_STDIO_H
#define ZEPHYR_BOARD_STDIO_H

#include "zephyr/sys/printk.h"

#define vsnprintf vsnprintk
#define snprintf  snprintk
#define vprintf   vprintk
#define printf    printk

#endif
