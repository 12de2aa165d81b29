/* SPDX-License-Identifier: Apache-2.0 */
/* Text and numbers for programs on boards, over board_put(). */
#ifndef BOARD_PRINT_H
#define BOARD_PRINT_H

#include <stdint.h>

void board_text(const char *text);
void board_number(uint64_t value); /* decimal */
void board_hex(uint64_t value);    /* with 0x, without leading zeros */

/* A pattern in which %s is a text, %u a number of 64 bits in decimal and %x in hexadecimal; nothing
   else.  Arguments for %u and %x must be uint64_t. */
void board_print(const char *pattern, ...);

#endif
