/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's `virt` machine for RISC-V, of 32 and 64 bits.
 *
 * One UART (a 16550), one device that ends the emulation with a status, and harts that are started and
 * interrupted through the firmware: OpenSBI, or the little there is of it in start.S.  BOARD_MMU says
 * which description a program uses; how many bits an address has follows from its name.
 */
#include "board.h"

#include "common/print.h"
#include "quire/port/riscv.h"

#ifndef BOARD_MMU
#define BOARD_MMU quire_mmu_sv39
#endif

/* The bits of an address, by the name of the description. */
#define BITS_quire_mmu_sv32     32
#define BITS_quire_mmu_sv39     39
#define BITS_quire_mmu_sv39_ext 39
#define BITS_quire_mmu_sv48     48
#define BITS_quire_mmu_sv48_ext 48
#define PASTE(a, b)             a##b
#define BITS_OF(mmu)            PASTE(BITS_, mmu)
#define VA_BITS                 BITS_OF(BOARD_MMU)

#if VA_BITS == 32 /* one half, and all of it is the program's */
#define UPPER_FROM ((quire_va)1 << 32)
#define UPPER_ADD  0
#else /* sign-extended */
#define UPPER_FROM ((quire_va)1 << (VA_BITS - 1))
#define UPPER_ADD  (~(quire_va)0 << VA_BITS)
#endif

#ifdef BOARD_HIGH
#define OFFSET ((uintptr_t)0xffffffc000000000) /* program's address minus physical address */
#else
#define OFFSET ((uintptr_t)0)
#endif

#define TEST     0x00100000u
#define UART     0x10000000u
#define UART_LSR 5u
#define LSR_FREE 0x20u /* there is room for a byte */

const struct board board = {
	.name = "QEMU virt, RISC-V",
	.mmu = &BOARD_MMU,
	.ram_base = 0x80000000,
	.ram_size = 128 << 20,
	.device = {{"test", TEST, 0x1000}, {"uart", UART, 0x1000}, {NULL, 0, 0}, {NULL, 0, 0}},
	.cpus = 2,
	.upper_from = UPPER_FROM,
	.upper_add = UPPER_ADD,
	.va_end = UPPER_FROM,
};

void board_put(char c)
{
	volatile uint8_t *uart = (volatile uint8_t *)(uintptr_t)UART;

	while (!(uart[UART_LSR] & LSR_FREE))
		;
	*uart = (uint8_t)c;
}

void board_exit(int status)
{
	volatile uint32_t *test = (volatile uint32_t *)(uintptr_t)TEST;

	*test = status == 0 ? 0x5555u : (uint32_t)status << 16 | 0x3333u;
	for (;;)
		__asm__ volatile("wfi");
}

void quire_cpu_fatal(const struct quire_trap *trap)
{
	board_print("fatal trap on CPU %u: reason %u, number %x, pc %x, address %x, access %u\n",
		    (uint64_t)quire_cpu_number(), (uint64_t)trap->reason, trap->number, trap->pc,
		    trap->fault.va, (uint64_t)trap->fault.access);
	board_exit(126);
}

uint64_t board_instructions(void)
{
	unsigned long low;
#if __riscv_xlen == 64
	__asm__ volatile("rdinstret %0" : "=r"(low));
	return low;
#else
	unsigned long high, again;

	do
		__asm__ volatile("rdinstreth %0\n\t"
				 "rdinstret %1\n\t"
				 "rdinstreth %2"
				 : "=&r"(high), "=&r"(low), "=r"(again));
	while (high != again);
	return (uint64_t)high << 32 | low;
#endif
}

/* -- several CPUs -- */

#define SBI_IPI 0x735049
#define SBI_HSM 0x48534d

void board_second(void);
unsigned long board_boot_hart; /* of CPU 0; start.S says */
void (*board_entry)(void);     /* what CPU 1 is to run */

/* Function 0 of an extension: 0, or a negative error. */
static long sbi(unsigned long extension, unsigned long x, unsigned long y, unsigned long z)
{
	register unsigned long a0 __asm__("a0") = x;
	register unsigned long a1 __asm__("a1") = y;
	register unsigned long a2 __asm__("a2") = z;
	register unsigned long a6 __asm__("a6") = 0;
	register unsigned long a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return (long)a0;
}

/* CPU 0 is the hart that the firmware chose to begin with, the others follow in their order. */
static unsigned long hart_of(unsigned number)
{
	return number == 0 ? board_boot_hart : number <= board_boot_hart ? number - 1u : number;
}

bool board_cpu_start(unsigned number, void (*entry)(void))
{
	if (number != 1)
		return false; /* there is one more stack */
	board_entry = entry;
	__asm__ volatile("fence rw, rw" ::: "memory");
	return sbi(SBI_HSM, hart_of(number), (uintptr_t)board_second - OFFSET, number) == 0;
}

_Static_assert(BOARD_IPI == QUIRE_RISCV_INTERRUPT + 1, "the supervisor's software interrupt");

void board_ipi_send(unsigned number)
{
	__asm__ volatile("fence iorw, iorw" ::: "memory");
	sbi(SBI_IPI, 1, hart_of(number), 0);
}

void board_ipi_done(void)
{
	__asm__ volatile("csrci sip, 2" ::: "memory");
}

void board_ipi_enable(void)
{
	__asm__ volatile("csrsi sie, 2" ::: "memory");
}
