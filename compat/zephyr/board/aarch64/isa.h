/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64, as Zephyr's threads see it.
 *
 * TPIDRRO_EL0 can be read in user mode and written in the kernel alone: it says where code runs.
 * (port/aarch64 uses it for a few instructions on the way to a spare stack, and leaves it 0.)
 */
#ifndef ZEPHYR_BOARD_ISA_H
#define ZEPHYR_BOARD_ISA_H

#include <stdbool.h>
#include <stdint.h>

#include "quire/port/aarch64.h"

#define ISA_NS_PER_COUNT 16u /* QEMU's counter is of 62.5 MHz */

/* In a context (switch.S). */
enum { ISA_PC = 0, ISA_SP = 1, ISA_FUNCTION = 2, ISA_ARGUMENT = 3 };

static inline bool isa_is_user(void)
{
	uint64_t user;

	__asm__ volatile("mrs %0, tpidrro_el0" : "=r"(user));
	return user != 0;
}

static inline void isa_user_begins(void)
{
}

/* In the kernel, before user mode goes on (true) and behind it. */
static inline void isa_user(bool runs)
{
	__asm__ volatile("msr tpidrro_el0, %0; isb" : : "r"((uint64_t)runs) : "memory");
}

static inline intptr_t isa_call(uintptr_t number, uintptr_t argument)
{
	register uint64_t x0 __asm__("x0") = argument;
	register uint64_t x8 __asm__("x8") = number;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
	return (intptr_t)x0;
}

static inline uint64_t isa_count(void)
{
	uint64_t count;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count));
	return count;
}

/* What is called an exception, by ESR_EL1's class. */
static inline const char *isa_exception(uint64_t number)
{
	unsigned what = (unsigned)(number >> 26) & 63u;

	return what == 0x00 || what == 0x18 ? "illegal instruction"
	       : what == 0x3c               ? "breakpoint"
					    : "exception";
}

/* User mode may read the counter. */
static inline void isa_prepare(void)
{
	__asm__ volatile("msr cntkctl_el1, %0; isb" : : "r"((uint64_t)2) : "memory");
	isa_user(false);
}

#endif
