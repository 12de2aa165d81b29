/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V, as Zephyr's threads see it.
 *
 * tp is the number of the CPU in the kernel, below 8 (port/riscv); user mode's is all ones, from its
 * first instruction on, and that is how code knows where it runs.  SUM is set for good: the kernel
 * reads and writes what user mode may.
 */
#ifndef ZEPHYR_BOARD_ISA_H
#define ZEPHYR_BOARD_ISA_H

#include <stdbool.h>
#include <stdint.h>

#include "quire/port/riscv.h"

#define ISA_NS_PER_COUNT 100u /* the machine's clock is of 10 MHz */

/* In a context (switch.S). */
enum { ISA_PC = 0, ISA_SP = 1, ISA_FUNCTION = 2, ISA_ARGUMENT = 3 };

static inline bool isa_is_user(void)
{
	intptr_t tp;

	__asm__ volatile("mv %0, tp" : "=r"(tp));
	return tp == -1;
}

/* First of all in user mode. */
static inline void isa_user_begins(void)
{
	__asm__ volatile("li tp, -1");
}

/* In the kernel, before user mode goes on (true) and behind it. */
static inline void isa_user(bool runs)
{
	(void)runs;
}

static inline intptr_t isa_call(uintptr_t number, uintptr_t argument)
{
	register uintptr_t a0 __asm__("a0") = argument;
	register uintptr_t a7 __asm__("a7") = number;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
	return (intptr_t)a0;
}

static inline uint64_t isa_count(void)
{
	uint64_t count;

	__asm__ volatile("rdtime %0" : "=r"(count));
	return count;
}

/* What is called an exception, by its number (scause). */
static inline const char *isa_exception(uint64_t number)
{
	return number == 2 ? "illegal instruction" : number == 3 ? "breakpoint" : "exception";
}

static inline void isa_prepare(void)
{
	__asm__ volatile("csrs sstatus, %0" ::"r"((uintptr_t)0x40000) : "memory"); /* SUM */
}

#endif
