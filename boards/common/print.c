/* SPDX-License-Identifier: Apache-2.0 */
#include "common/print.h"

#include <stdarg.h>

#include "board.h"

void board_text(const char *text)
{
	for (; *text != '\0'; text++)
		board_put(*text);
}

static void digits(uint64_t value, unsigned base)
{
	char text[21];
	char *p = text + sizeof(text) - 1;

	*p = '\0';
	do
		*--p = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	board_text(p);
}

void board_number(uint64_t value)
{
	digits(value, 10);
}

void board_hex(uint64_t value)
{
	board_text("0x");
	digits(value, 16);
}

void board_print(const char *pattern, ...)
{
	va_list list;

	va_start(list, pattern);
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%') {
			board_put(*pattern);
			continue;
		}
		pattern++;
		if (*pattern == 's')
			board_text(va_arg(list, const char *));
		else if (*pattern == 'u')
			board_number(va_arg(list, uint64_t));
		else
			board_hex(va_arg(list, uint64_t));
	}
	va_end(list);
}
