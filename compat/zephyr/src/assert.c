/* SPDX-License-Identifier: Apache-2.0 */
/* A broken promise, said. */
#include "zephyr/sys/__assert.h"

void assert_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}
