/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text: printk() and the like, for machines without a C library and for programs that want the same
 * everywhere.
 *
 * Characters go to a sink: a buffer of the caller's, or a small one that k_str_out() empties.  User mode
 * runs this too, so nothing here is kept from one call to the next.
 */
#include "zephyr/sys/printk.h"

#include <stdbool.h>
#include <stdint.h>

enum { CHUNK = 96, DIGITS = 24 };

/* Where characters go, and how many have gone there. */
struct sink {
	char *text; /* a buffer of `room` characters */
	size_t room;
	size_t used;  /* in it */
	size_t total; /* that there were */
	bool drain;   /* to k_str_out() when it is full; otherwise what is too much is lost */
};

static void put(struct sink *sink, char c)
{
	sink->total++;
	if (sink->used == sink->room && sink->drain) {
		k_str_out(sink->text, sink->used);
		sink->used = 0;
	}
	if (sink->used < sink->room)
		sink->text[sink->used++] = c;
}

static void put_times(struct sink *sink, char c, int times)
{
	while (times-- > 0)
		put(sink, c);
}

static void put_all(struct sink *sink, const char *text, int length)
{
	for (int i = 0; i < length; i++)
		put(sink, text[i]);
}

/* -- what a conversion says -- */

struct conversion {
	bool left, zero, plus, space, hash;
	int width;
	int precision; /* -1: none */
	int longs;     /* hh -2, h -1, none 0, l 1, ll 2, z j t: as l or ll */
	char kind;
};

static bool flag(struct conversion *c, char what)
{
	switch (what) {
	case '-':
		return c->left = true;
	case '0':
		return c->zero = true;
	case '+':
		return c->plus = true;
	case ' ':
		return c->space = true;
	case '#':
		return c->hash = true;
	default:
		return false;
	}
}

static const char *number(const char *fmt, int *out)
{
	for (*out = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		*out = *out * 10 + (*fmt - '0');
	return fmt;
}

static const char *length(const char *fmt, struct conversion *c)
{
	for (;; fmt++) {
		if (*fmt == 'l')
			c->longs++;
		else if (*fmt == 'h')
			c->longs--;
		else if (*fmt == 'z' || *fmt == 't')
			c->longs = sizeof(size_t) > sizeof(long) ? 2 : 1;
		else if (*fmt == 'j')
			c->longs = 2;
		else
			return fmt;
	}
}

/* Numbers that the arguments hold, for width and precision, are taken from them. */
#define NUMBER_OR_STAR(fmt, out, arguments)                                                        \
	(*(fmt) == '*' ? (*(out) = va_arg(arguments, int), (fmt) + 1) : number(fmt, out))

/* -- numbers -- */

static int digits_of(uintmax_t value, unsigned base, bool large, char out[DIGITS])
{
	int count = 0;
	char text[DIGITS];

	do {
		text[count++] = (large ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
		value /= base;
	} while (value != 0);
	for (int i = 0; i < count; i++)
		out[i] = text[count - 1 - i];
	return count;
}

static void put_number(struct sink *sink, const struct conversion *c, const char *sign,
		       uintmax_t value, unsigned base)
{
	char digits[DIGITS];
	int count = c->precision == 0 && value == 0
			    ? 0
			    : digits_of(value, base, c->kind == 'X', digits);
	int signs = 0, zeros = c->precision > count ? c->precision - count : 0, pad;

	while (sign[signs] != '\0')
		signs++;
	pad = c->width - signs - zeros - count;
	if (c->zero && !c->left && c->precision < 0 && pad > 0) {
		zeros += pad;
		pad = 0;
	}
	if (!c->left)
		put_times(sink, ' ', pad);
	put_all(sink, sign, signs);
	put_times(sink, '0', zeros);
	put_all(sink, digits, count);
	if (c->left)
		put_times(sink, ' ', pad);
}

static void put_signed(struct sink *sink, const struct conversion *c, intmax_t value)
{
	const char *sign = value < 0 ? "-" : c->plus ? "+" : c->space ? " " : "";

	put_number(sink, c, sign, value < 0 ? 0 - (uintmax_t)value : (uintmax_t)value, 10);
}

static void put_unsigned(struct sink *sink, const struct conversion *c, uintmax_t value)
{
	unsigned base = c->kind == 'u' ? 10u : c->kind == 'o' ? 8u : 16u;
	const char *sign = !c->hash || value == 0 || base == 10 ? ""
			   : base == 8                          ? "0"
			   : c->kind == 'X'                     ? "0X"
								: "0x";

	put_number(sink, c, sign, value, base);
}

/* As narrow as the conversion says. */
static uintmax_t narrow(uintmax_t value, int longs)
{
	return longs == -1 ? (unsigned short)value : longs <= -2 ? (unsigned char)value : value;
}

static intmax_t narrow_signed(intmax_t value, int longs)
{
	return longs == -1 ? (short)value : longs <= -2 ? (signed char)value : value;
}

/* -- texts -- */

static void put_text(struct sink *sink, const struct conversion *c, const char *text)
{
	int count = 0;

	if (text == NULL)
		text = "(null)";
	while ((c->precision < 0 || count < c->precision) && text[count] != '\0')
		count++;
	if (!c->left)
		put_times(sink, ' ', c->width - count);
	put_all(sink, text, count);
	if (c->left)
		put_times(sink, ' ', c->width - count);
}

static void put_char(struct sink *sink, const struct conversion *c, char character)
{
	struct conversion one = *c;

	one.precision = 1;
	if (character != '\0')
		put_text(sink, &one, &character);
	else
		put(sink, character);
}

static void put_pointer(struct sink *sink, const struct conversion *c, const void *pointer)
{
	struct conversion hexadecimal = *c;

	hexadecimal.kind = 'x';
	put_number(sink, &hexadecimal, "0x", (uintptr_t)pointer, 16);
}

/* -- formats -- */

/* One argument; it must be taken from the list in this function, whose list it is. */
static void convert(struct sink *sink, const struct conversion *c, va_list *arguments)
{
	switch (c->kind) {
	case 'd':
	case 'i':
		put_signed(sink, c,
			   c->longs >= 2   ? va_arg(*arguments, long long)
			   : c->longs == 1 ? va_arg(*arguments, long)
					   : narrow_signed(va_arg(*arguments, int), c->longs));
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_unsigned(sink, c,
			     c->longs >= 2   ? va_arg(*arguments, unsigned long long)
			     : c->longs == 1 ? va_arg(*arguments, unsigned long)
					     : narrow(va_arg(*arguments, unsigned), c->longs));
		break;
	case 'c':
		put_char(sink, c, (char)va_arg(*arguments, int));
		break;
	case 's':
		put_text(sink, c, va_arg(*arguments, const char *));
		break;
	case 'p':
		put_pointer(sink, c, va_arg(*arguments, const void *));
		break;
	default:
		put(sink, '%');
		if (c->kind != '%')
			put(sink, c->kind);
	}
}

static void format(struct sink *sink, const char *fmt, va_list *arguments)
{
	while (*fmt != '\0') {
		struct conversion c = {.precision = -1};

		if (*fmt != '%') {
			put(sink, *fmt++);
			continue;
		}
		for (fmt++; flag(&c, *fmt);)
			fmt++;
		fmt = NUMBER_OR_STAR(fmt, &c.width, *arguments);
		if (c.width < 0) {
			c.left = true;
			c.width = -c.width;
		}
		if (*fmt == '.')
			fmt = NUMBER_OR_STAR(fmt + 1, &c.precision, *arguments);
		fmt = length(fmt, &c);
		c.kind = *fmt;
		if (c.kind == '\0')
			break;
		convert(sink, &c, arguments);
		fmt++;
	}
}

/* -- the calls -- */

/* A va_list may be an array, of which a parameter is only a pointer; a copy of it is one for certain. */
void vprintk(const char *fmt, va_list ap)
{
	char chunk[CHUNK];
	struct sink sink = {.text = chunk, .room = CHUNK, .drain = true};
	va_list arguments;

	va_copy(arguments, ap);
	format(&sink, fmt, &arguments);
	va_end(arguments);
	if (sink.used != 0)
		k_str_out(chunk, sink.used);
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

int vsnprintk(char *str, size_t size, const char *fmt, va_list ap)
{
	struct sink sink = {.text = str, .room = size != 0 ? size - 1 : 0};
	va_list arguments;

	va_copy(arguments, ap);
	format(&sink, fmt, &arguments);
	va_end(arguments);
	if (size != 0)
		str[sink.used] = '\0';
	return (int)sink.total;
}

int snprintk(char *str, size_t size, const char *fmt, ...)
{
	va_list ap;
	int total;

	va_start(ap, fmt);
	total = vsnprintk(str, size, fmt, ap);
	va_end(ap);
	return total;
}
