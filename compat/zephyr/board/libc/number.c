/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text. */
#include <stdlib.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
}

/* Without signs and blanks before; base 0 is what a prefix says. */
unsigned long strtoul(const char *text, char **end, int base)
{
	unsigned long value = 0;

	if ((base == 0 || base == 16) && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
	    digit_of(text[2]) < 16) {
		base = 16;
		text += 2;
	}
	if (base == 0)
		base = text[0] == '0' ? 8 : 10;
	for (; digit_of(*text) < base; text++)
		value = value * (unsigned long)base + (unsigned long)digit_of(*text);
	if (end)
		*end = (char *)(__UINTPTR_TYPE__)text;
	return value;
}
