/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsnprintf() without floating point; user mode may run it.
 *
 * A directive is read into a struct, its argument made into characters at the end of a buffer, and both
 * put out with what is to stand before, between and behind: blanks, sign or prefix, zeros, characters.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 24 /* 64 bits in octal are 22 */

struct out {
	char *text;
	size_t room;
	size_t length; /* of all there was to say */
};

/* What is still to be said: a list that can be handed on. */
struct arguments {
	va_list list;
};

/* One directive. */
struct directive {
	bool left, zero, plus, blank, prefix;
	int width, precision; /* precision -1: none */
	unsigned bytes;       /* of an integer */
	char kind;
};

static void put(struct out *out, char c)
{
	if (out->length + 1 < out->room)
		out->text[out->length] = c;
	out->length++;
}

static void put_times(struct out *out, char c, int times)
{
	while (times-- > 0)
		put(out, c);
}

/* What stands before the characters, the characters, and blanks to the width. */
static void put_field(struct out *out, const struct directive *d, const char *before, int zeros,
		      const char *text, int length)
{
	int blanks = d->width - (int)strlen(before) - zeros - length;

	if (!d->left)
		put_times(out, ' ', blanks);
	while (*before != '\0')
		put(out, *before++);
	put_times(out, '0', zeros);
	for (int i = 0; i < length; i++)
		put(out, text[i]);
	if (d->left)
		put_times(out, ' ', blanks);
}

static void put_number(struct out *out, const struct directive *d, uint64_t value,
		       const char *before)
{
	unsigned base = d->kind == 'x' || d->kind == 'X' ? 16 : d->kind == 'o' ? 8 : 10;
	const char *digits = d->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[DIGITS], *p = text + sizeof(text);
	int length, zeros;

	for (; value != 0; value /= base)
		*--p = digits[value % base];
	length = (int)(text + sizeof(text) - p);
	zeros = (d->precision < 0 ? 1 : d->precision) - length;
	if (d->precision < 0 && d->zero && !d->left)
		zeros = d->width - (int)strlen(before) - length;
	if (d->precision < 0 && zeros < 1 - length)
		zeros = 1 - length;
	put_field(out, d, before, zeros > 0 ? zeros : 0, p, length);
}

static void put_unsigned(struct out *out, const struct directive *d, uint64_t value)
{
	bool prefix = d->prefix && value != 0;

	put_number(out, d, value,
		   prefix && d->kind == 'x'   ? "0x"
		   : prefix && d->kind == 'X' ? "0X"
					      : "");
}

static void put_signed(struct out *out, const struct directive *d, int64_t value)
{
	put_number(out, d, value < 0 ? -(uint64_t)value : (uint64_t)value,
		   value < 0  ? "-"
		   : d->plus  ? "+"
		   : d->blank ? " "
			      : "");
}

static void put_string(struct out *out, const struct directive *d, const char *text)
{
	const char *shown = text ? text : "(null)";
	size_t most = d->precision < 0 ? (size_t)-1 : (size_t)d->precision;

	put_field(out, d, "", 0, shown, (int)strnlen(shown, most));
}

/* -- reading a directive -- */

static const char *read_flags(const char *p, struct directive *d)
{
	for (;; p++) {
		if (*p == '-')
			d->left = true;
		else if (*p == '0')
			d->zero = true;
		else if (*p == '+')
			d->plus = true;
		else if (*p == ' ')
			d->blank = true;
		else if (*p == '#')
			d->prefix = true;
		else
			return p;
	}
}

static const char *read_length(const char *p, struct directive *d)
{
	d->bytes = sizeof(int);
	for (;; p++) {
		if (*p == 'l' || *p == 'z' || *p == 'j' || *p == 't')
			d->bytes = 8;
		else if (*p == 'h')
			d->bytes /= 2;
		else
			return p;
	}
}

/* The number that stands there, or the next argument for a `*`. */
static const char *read_number(const char *p, struct arguments *arguments, int *number)
{
	char *end;

	if (*p == '*') {
		*number = va_arg(arguments->list, int);
		return p + 1;
	}
	*number = (int)strtoul(p, &end, 10);
	return end;
}

static const char *read_directive(const char *p, struct directive *d, struct arguments *arguments)
{
	*d = (struct directive){.precision = -1};
	p = read_number(read_flags(p, d), arguments, &d->width);
	if (*p == '.')
		p = read_number(p + 1, arguments, &d->precision);
	p = read_length(p, d);
	d->kind = *p;
	if (d->width < 0) {
		d->left = true;
		d->width = -d->width;
	}
	return p;
}

/* -- and obeying it -- */

/* The next argument, an integer, with the sign of its own width. */
static int64_t integer(const struct directive *d, struct arguments *arguments)
{
	unsigned spare = 64 - 8 * d->bytes;
	uint64_t value = d->bytes == 8 ? va_arg(arguments->list, uint64_t)
				       : va_arg(arguments->list, unsigned);

	return (int64_t)(value << spare) >> spare;
}

static uint64_t cut(const struct directive *d, int64_t value)
{
	unsigned spare = 64 - 8 * d->bytes;

	return (uint64_t)value << spare >> spare;
}

static void put_directive(struct out *out, struct directive *d, struct arguments *arguments)
{
	char c;

	switch (d->kind) {
	case 'd':
	case 'i':
		put_signed(out, d, integer(d, arguments));
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_unsigned(out, d, cut(d, integer(d, arguments)));
		break;
	case 'p':
		d->kind = 'x';
		put_number(out, d, (uintptr_t)va_arg(arguments->list, void *), "0x");
		break;
	case 's':
		put_string(out, d, va_arg(arguments->list, const char *));
		break;
	case 'c':
		c = (char)va_arg(arguments->list, int);
		put_field(out, d, "", 0, &c, 1);
		break;
	default:
		put(out, d->kind);
	}
}

int vsnprintf(char *text, size_t room, const char *pattern, va_list list)
{
	struct out out = {text, room, 0};
	struct arguments arguments;
	struct directive d;

	va_copy(arguments.list, list);
	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p != '%') {
			put(&out, *p);
			continue;
		}
		p = read_directive(p + 1, &d, &arguments);
		if (d.kind == '\0')
			break;
		put_directive(&out, &d, &arguments);
	}
	va_end(arguments.list);
	if (room > 0)
		text[out.length < room ? out.length : room - 1] = '\0';
	return (int)out.length;
}

int snprintf(char *text, size_t room, const char *pattern, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, pattern);
	length = vsnprintf(text, room, pattern, arguments);
	va_end(arguments);
	return length;
}
