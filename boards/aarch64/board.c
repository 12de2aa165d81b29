/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's virt with an AArch64 processor: PL011 to print, semihosting to stop, the performance monitors
 * to count, PSCI to start CPU 1, and GICv2 to interrupt it.
 *
 * Devices are reached one to one in the lower half, whichever half the image runs in.
 */
#include "board.h"

#include "common/print.h"
#include "quire/port/aarch64.h"

#define RAM_BASE  0x40000000u
#define RAM_SIZE  0x08000000u
#define UART_BASE 0x09000000u
#define GIC_BASE  0x08000000u

/* How many bits of addresses each description translates. */
#define BITS_quire_mmu_a64_4k_39  39
#define BITS_quire_mmu_a64_4k_48  48
#define BITS_quire_mmu_a64_16k_39 39
#define BITS_quire_mmu_a64_16k_48 48
#define BITS_quire_mmu_a64_64k_39 39
#define BITS_quire_mmu_a64_64k_42 42
#define BITS_quire_mmu_a64_64k_48 48
#define BITS_(mmu)                BITS_##mmu
#define BITS(mmu)                 BITS_(mmu)
#ifndef BOARD_VA_BITS
#define BOARD_VA_BITS BITS(BOARD_MMU)
#endif

const struct board board = {
	.name = "qemu-virt-aarch64",
	.mmu = &BOARD_MMU,
	.ram_base = RAM_BASE,
	.ram_size = RAM_SIZE,
	.device = {{"uart", UART_BASE, 0x10000}, {"gic", GIC_BASE, 0x20000}},
	.cpus = 2,
#ifdef BOARD_HIGH
	.upper_from = (quire_va)1 << (BOARD_VA_BITS - 1),
	.upper_add = -((quire_va)1 << BOARD_VA_BITS),
	.va_end = (quire_va)1 << (BOARD_VA_BITS - 1),
#else
	.va_end = (quire_va)1 << BOARD_VA_BITS,
#endif
};

static volatile uint32_t *device(uintptr_t address)
{
	return (volatile uint32_t *)address;
}

/* -- printing and stopping -- */

void board_put(char c)
{
	const uint32_t full = 1u << 5;

	while (*device(UART_BASE + 0x18) & full)
		;
	*device(UART_BASE) = (unsigned char)c;
}

/* Semihosting, SYS_EXIT with ADP_Stopped_ApplicationExit. */
void board_exit(int status)
{
	const uint64_t block[2] = {0x20026, (uint64_t)status};
	register uint64_t operation __asm__("x0") = 0x18;
	register const uint64_t *argument __asm__("x1") = block;

	for (;;)
		__asm__ volatile("hlt #0xf000" : : "r"(operation), "r"(argument) : "memory");
}

void quire_cpu_fatal(const struct quire_trap *trap)
{
	board_print("fatal: trap %u, number %x, pc %x, address %x, access %u, cause %u, user %u\n",
		    (uint64_t)trap->reason, trap->number, trap->pc, trap->fault.va,
		    (uint64_t)trap->fault.access, (uint64_t)trap->fault.cause,
		    (uint64_t)trap->user);
	board_exit(99);
}

/* -- counting -- */

#define READ_REGISTER(name)                                                                        \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " name : "=r"(value_));                                  \
		value_;                                                                            \
	})
#define WRITE_REGISTER(name, value)                                                                \
	__asm__ volatile("msr " name ", %0" : : "r"((uint64_t)(value)) : "memory")

/* Event 8, instructions executed: a counter of 32 bits, continued here. */
uint64_t board_instructions(void)
{
	static uint64_t count[2];
	uint64_t *mine = &count[quire_cpu_number() & 1];

	if (!(READ_REGISTER("pmcr_el0") & 1)) {
		WRITE_REGISTER("pmevtyper0_el0", 8);
		WRITE_REGISTER("pmcntenset_el0", 1);
		WRITE_REGISTER("pmcr_el0", 1);
	}
	*mine += (uint32_t)(READ_REGISTER("pmevcntr0_el0") - *mine);
	return *mine;
}

/* -- the other CPU -- */

void board_second(void);
extern char board_offset[];
uint64_t board_started_in; /* CurrentEL */

/* The firmware's CPU_ON (PSCI), called by HVC, or, where EL2 would be ours, by SMC. */
#define FIRMWARE(call)                                                                             \
	__asm__ volatile(call " #0"                                                                \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                  \
			 :                                                                         \
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",  \
			   "x15", "x16", "x17", "memory")

/* Until its MMU is on, CPU 1 finds in memory what it needs, not in our cache; and what it writes there
   must not be hidden by lines that we have. */
static void write_back(const char *start, const char *end)
{
	quire_cpu.sync((uintptr_t)start, (quire_size)(end - start),
		       QUIRE_SYNC_WRITE_BACK | QUIRE_SYNC_INVALIDATE);
}

/* No other function is called here, since that would use these registers. */
static bool cpu_on(unsigned number, void (*entry)(void))
{
	register uint64_t x0 __asm__("x0") = 0xc4000003;
	register uint64_t x1 __asm__("x1") = number;
	register uint64_t x2 __asm__("x2") = (uintptr_t)board_second - (uintptr_t)board_offset;
	register uint64_t x3 __asm__("x3") = (uintptr_t)entry;

	if (board_started_in == 8)
		FIRMWARE("smc");
	else
		FIRMWARE("hvc");
	return x0 == 0;
}

bool board_cpu_start(unsigned number, void (*entry)(void))
{
	if (number != 1)
		return false;
	write_back(board_data_start, board_data_end);
	write_back(board_stack1_start, board_stack1_end);
	return cpu_on(number, entry);
}

/* GICv2: the distributor, and behind it each CPU's own interface at the same address. */
#define GICD_CTLR  (GIC_BASE + 0x000u)
#define GICD_ON    (GIC_BASE + 0x100u)
#define GICD_SGIR  (GIC_BASE + 0xf00u)
#define GICC_CTLR  (GIC_BASE + 0x10000u)
#define GICC_PMR   (GIC_BASE + 0x10004u)
#define GICC_IAR   (GIC_BASE + 0x1000cu)
#define GICC_EOIR  (GIC_BASE + 0x10010u)
#define IPI_NUMBER 0u

static uint32_t taken[2]; /* what GICC_IAR said, who sent it included */

uint64_t quire_a64_interrupt(void)
{
	uint32_t number = *device(GICC_IAR);

	taken[quire_cpu_number() & 1] = number;
	return (number & 0x3ffu) == IPI_NUMBER ? BOARD_IPI : number & 0x3ffu;
}

void board_ipi_enable(void)
{
	*device(GICD_CTLR) = 1;
	*device(GICD_ON) = 1u << IPI_NUMBER;
	*device(GICC_PMR) = 0xff;
	*device(GICC_CTLR) = 1;
}

/* What was written before is seen by whoever is interrupted. */
void board_ipi_send(unsigned number)
{
	__asm__ volatile("dsb ishst" : : : "memory");
	*device(GICD_SGIR) = 1u << (16 + number) | IPI_NUMBER;
}

void board_ipi_done(void)
{
	*device(GICC_EOIR) = taken[quire_cpu_number() & 1];
}
