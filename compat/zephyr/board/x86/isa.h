/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64, as Zephyr's threads see it: the selector of the code that runs says in which mode.
 */
#ifndef ZEPHYR_BOARD_ISA_H
#define ZEPHYR_BOARD_ISA_H

#include <stdbool.h>
#include <stdint.h>

#include "quire/port/x86.h"

#define ISA_NS_PER_COUNT 1u /* -icount shift=0: an instruction a tick, a nanosecond each */

/* In a context (switch.S). */
enum { ISA_PC = 0, ISA_SP = 1, ISA_FUNCTION = 2, ISA_ARGUMENT = 3 };

static inline bool isa_is_user(void)
{
	uint64_t selector;

	__asm__ volatile("mov %%cs, %0" : "=r"(selector));
	return (selector & 3) != 0;
}

static inline void isa_user_begins(void)
{
}

/* In the kernel, before user mode goes on (true) and behind it. */
static inline void isa_user(bool runs)
{
	(void)runs;
}

static inline intptr_t isa_call(uintptr_t number, uintptr_t argument)
{
	uintptr_t result = number;

	__asm__ volatile("int $0x80" : "+a"(result) : "D"(argument) : "memory");
	return (intptr_t)result;
}

static inline uint64_t isa_count(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

/* What is called an exception, by its vector. */
static inline const char *isa_exception(uint64_t number)
{
	return number == 0    ? "division by zero"
	       : number == 3  ? "breakpoint"
	       : number == 6  ? "illegal instruction"
	       : number == 13 ? "general protection"
			      : "exception";
}

static inline void isa_prepare(void)
{
}

#endif
