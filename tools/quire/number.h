/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as people write them: 12M, 64K, 0x3D000000, 0x1_0000; and as they read them.
 */
#ifndef QUIRE_TOOL_NUMBER_H
#define QUIRE_TOOL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Decimal or 0x hexadecimal digits, '_' between digits as one likes, then K, M or G (times 1024),
 * with B or iB behind it.  False if it is anything else or more than 64 bits.
 */
bool number_parse(const char *text, uint64_t *out);

/* As above for a text of known length, which need not end there. */
bool number_parse_part(const char *text, const char *end, uint64_t *out);

/* Room for any of the texts below. */
struct number_text {
	char text[32];
};

/* Exactly, and short, as number_parse reads it: "12M", "11840K", "0x1234", "100". */
struct number_text number_exact(uint64_t bytes);

/* For the eye: "12 MiB", "11.6 MiB", "64 KiB", "100 B". */
struct number_text number_human(uint64_t bytes);

/* "1,234,567". */
struct number_text number_grouped(uint64_t value);

/* "0x3C000000": eight digits or more. */
struct number_text number_address(uint64_t address);

/* "r--", "rw-", "r-x" from the access bits of attributes or capabilities. */
struct number_text number_access(unsigned attr);

#endif
