/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences.
 *
 * Those that explain why something did not happen are made with printf.  Those that report a fault
 * are made inside a signal handler, where printf may not be called, by the small functions at the
 * end: they append to a text and cut it where its room ends.
 */
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>

int quire_linux_why(char *why, int result, const char *format, ...)
{
	va_list arguments;

	if (why != NULL) {
		va_start(arguments, format);
		/* clang-tidy 14 sees a file that is compiled twice, and confuses the two lists.
		   NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
		vsnprintf(why, QUIRE_LINUX_TEXT, format, arguments);
		va_end(arguments);
	}
	return result;
}

struct quire_linux_amount quire_linux_amount(uint64_t bytes)
{
	struct quire_linux_amount amount;
	struct quire_linux_line line = quire_linux_line(amount.text, sizeof(amount.text));

	quire_linux_line_amount(&line, bytes);
	return amount;
}

struct quire_linux_line quire_linux_line(char *text, size_t room)
{
	struct quire_linux_line line = {text, text + room - 1};

	*text = '\0';
	return line;
}

void quire_linux_line_text(struct quire_linux_line *line, const char *text)
{
	while (*text != '\0' && line->at < line->end)
		*line->at++ = *text++;
	*line->at = '\0';
}

static void line_digits(struct quire_linux_line *line, uint64_t value, unsigned base)
{
	char digits[24];
	char *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	quire_linux_line_text(line, first);
}

void quire_linux_line_hex(struct quire_linux_line *line, uint64_t value)
{
	quire_linux_line_text(line, "0x");
	line_digits(line, value, 16);
}

void quire_linux_line_number(struct quire_linux_line *line, uint64_t value)
{
	line_digits(line, value, 10);
}

/* In the largest unit that leaves no remainder. */
void quire_linux_line_amount(struct quire_linux_line *line, uint64_t bytes)
{
	static const char *const unit[] = {" bytes", " KiB", " MiB", " GiB"};
	unsigned u = 0;

	while (u < 3 && bytes != 0 && bytes % 1024 == 0) {
		bytes /= 1024;
		u++;
	}
	line_digits(line, bytes, 10);
	quire_linux_line_text(line, u == 0 && bytes == 1 ? " byte" : unit[u]);
}
