/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Appending (text.h says what to).  One character at a time is all that a console needs.
 */
#include "text/text.h"

enum { KIBI = 10, UNITS = 5, DIGITS_MOST = 9999 };

static const char *const unit_name[UNITS] = {" bytes", " KiB", " MiB", " GiB", " TiB"};

static void put(struct text *t, char c)
{
	if (t->length + 1 < t->room) {
		t->buffer[t->length] = c;
		t->buffer[t->length + 1] = '\0';
	}
	t->length++;
}

void text_begin(struct text *t, char *buffer, size_t room)
{
	*t = (struct text){buffer, room, 0};
	if (room != 0)
		buffer[0] = '\0';
}

void text_put_most(struct text *t, const char *string, size_t most)
{
	for (; *string != '\0' && most != 0; most--)
		put(t, *string++);
}

void text_put(struct text *t, const char *string)
{
	text_put_most(t, string, SIZE_MAX);
}

void text_column(struct text *t, size_t column)
{
	do
		put(t, ' ');
	while (t->length < column);
}

unsigned text_hex_digits(uint64_t value)
{
	unsigned digits = 1;

	while (value >>= 4)
		digits++;
	return digits;
}

void text_hex(struct text *t, uint64_t value, unsigned digits)
{
	unsigned needed = text_hex_digits(value);

	text_put(t, "0x");
	for (unsigned i = needed > digits ? needed : digits; i-- > 0;)
		put(t, i < 16 ? "0123456789abcdef"[value >> (4 * i) & 15u] : '0');
}

void text_number(struct text *t, uint64_t value)
{
	char digits[21];
	unsigned at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	text_put(t, digits + at);
}

/* A range may end where 64 bits do. */
void text_range(struct text *t, uint64_t start, uint64_t size)
{
	text_hex(t, start, 1);
	text_put(t, "..");
	if (size != 0 && start + size == 0)
		text_put(t, "0x10000000000000000");
	else
		text_hex(t, start + size, 1);
}

static void put_unit(struct text *t, uint64_t number, unsigned unit)
{
	text_number(t, number);
	text_put(t, unit == 0 && number == 1 ? " byte" : unit_name[unit]);
}

void text_exactly(struct text *t, uint64_t bytes)
{
	unsigned unit = 0;

	while (unit + 1 < UNITS && bytes != 0 && (bytes & 1023u) == 0) {
		bytes >>= KIBI;
		unit++;
	}
	put_unit(t, bytes, unit);
}

void text_about(struct text *t, uint64_t bytes)
{
	unsigned unit = 0, shift;
	uint64_t rest, tenths;

	while (unit + 1 < UNITS && bytes >> (KIBI * (unit + 1)) != 0)
		unit++;
	shift = KIBI * unit;
	rest = bytes & (((uint64_t)1 << shift) - 1);
	tenths = rest * 10 >> shift;
	if (rest != 0 && tenths << shift != rest * 10) {
		uint64_t smaller = bytes >> (shift - KIBI);

		if (smaller <= DIGITS_MOST && smaller << (shift - KIBI) == bytes) {
			put_unit(t, smaller, unit - 1);
			return;
		}
	}
	if (rest == 0) {
		put_unit(t, bytes >> shift, unit);
		return;
	}
	text_number(t, bytes >> shift);
	put(t, '.');
	put(t, (char)('0' + tenths));
	text_put(t, unit_name[unit]);
}

size_t text_about_length(uint64_t bytes)
{
	struct text t;

	text_begin(&t, NULL, 0);
	text_about(&t, bytes);
	return t.length;
}
