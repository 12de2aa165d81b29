/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of text without a C library: for the memory map and for fault reports.
 *
 * A text is appended to in a buffer of the caller's.  What does not fit is counted and left out, so
 * that the length of the whole is known in the end.
 */
#ifndef QUIRE_TEXT_H
#define QUIRE_TEXT_H

#include "quire/types.h"

#define TEXT_NAME 32u /* the most characters of a name that are shown */

struct text {
	char *buffer;
	size_t room;   /* bytes there, the 0 at the end included */
	size_t length; /* of the whole, without it */
};

/* Begin in a buffer of `room` bytes, which may be 0. */
void text_begin(struct text *t, char *buffer, size_t room);

/* Append a string; at most `most` characters of one. */
void text_put(struct text *t, const char *string);
void text_put_most(struct text *t, const char *string, size_t most);

/* Append spaces up to a column; at least one if that is reached already. */
void text_column(struct text *t, size_t column);

/* Append "0x" and a number with at least so many digits. */
void text_hex(struct text *t, uint64_t value, unsigned digits);

/* How many digits a number has then, at least 1. */
unsigned text_hex_digits(uint64_t value);

/* Append a decimal number. */
void text_number(struct text *t, uint64_t value);

/* Append "0x4000..0x5000": the addresses of a range, the end being the first one behind it. */
void text_range(struct text *t, uint64_t start, uint64_t size);

/* Append an amount in the largest unit that leaves no remainder: "3 bytes", "64 KiB". */
void text_exactly(struct text *t, uint64_t bytes);

/*
 * Append an amount in the largest unit in which it has no more than one decimal and four digits
 * ("64 KiB", "1.5 MiB", "1028 KiB"); rounded down to one decimal if there is none ("127.9 MiB").
 */
void text_about(struct text *t, uint64_t bytes);

/* The characters that an amount would take. */
size_t text_about_length(uint64_t bytes);

#endif
