/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's RISC-V `virt` machine, as far as the bench needs it: a serial line, a way out, and the
   counter of instructions. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdint.h>

void machine_text(const char *text);
void machine_number(uint32_t value);
void machine_hundredths(uint64_t value); /* 1234 prints 12.34 */
_Noreturn void machine_exit(unsigned status);

/* Instructions retired, low word.  Exact under -icount shift=0. */
static inline __attribute__((always_inline)) uint32_t machine_instructions(void)
{
	unsigned long value;

	__asm__ volatile(".option push\n\t.option arch, +zicsr\n\tcsrr %0, minstret\n\t.option pop"
			 : "=r"(value)::"memory");
	return (uint32_t)value;
}

#endif
