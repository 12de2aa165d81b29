/* SPDX-License-Identifier: Apache-2.0 */
/* The part of C's <stdio.h> that makes text. */
#ifndef ZEPHYR_BOARD_STDIO_H
#define ZEPHYR_BOARD_STDIO_H

#include <stdarg.h>
#include <stddef.h>

/* Flags, widths, precisions, hh h l ll z t j; d i u x X o c s p and %.  No floating point. */
int vsnprintf(char *text, size_t room, const char *pattern, va_list arguments)
	__attribute__((__format__(__printf__, 3, 0)));
int snprintf(char *text, size_t room, const char *pattern, ...)
	__attribute__((__format__(__printf__, 3, 4)));

#endif
