/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences.
 *
 * Those that explain why something did not happen are made with printf.  Those that report a fault
 * are made inside a signal handler, where printf may not be called, with the core's own text/text.h.
 */
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>

#include "text/text.h"

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
	struct text t;

	text_begin(&t, amount.text, sizeof(amount.text));
	text_exactly(&t, bytes);
	return amount;
}
