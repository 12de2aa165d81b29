/* SPDX-License-Identifier: Apache-2.0 */
/* The part of C's <stdlib.h> that needs no heap. */
#ifndef ZEPHYR_BOARD_STDLIB_H
#define ZEPHYR_BOARD_STDLIB_H

#include <stddef.h>

unsigned long strtoul(const char *text, char **end, int base);

static inline int abs(int value)
{
	return value < 0 ? -value : value;
}

#endif
