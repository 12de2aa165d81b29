/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line and the exit. */
#include "machine.h"

#define UART_DATA   ((volatile uint8_t *)0x10000000u)
#define UART_STATUS ((volatile uint8_t *)0x10000005u)
#define UART_READY  0x20u
#define EXIT        ((volatile uint32_t *)0x100000u)

void machine_text(const char *text)
{
	for (; *text != '\0'; text++) {
		while ((*UART_STATUS & UART_READY) == 0)
			;
		*UART_DATA = (uint8_t)*text;
	}
}

void machine_number(uint32_t value)
{
	char digits[11];
	char *p = digits + sizeof digits - 1;

	*p = '\0';
	do
		*--p = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	machine_text(p);
}

void machine_hundredths(uint64_t value)
{
	char fraction[4] = {'.', (char)('0' + value / 10 % 10), (char)('0' + value % 10), '\0'};

	machine_number((uint32_t)(value / 100));
	machine_text(fraction);
}

void machine_exit(unsigned status)
{
	*EXIT = status == 0 ? 0x5555u : status << 16 | 0x3333u;
	for (;;)
		;
}
