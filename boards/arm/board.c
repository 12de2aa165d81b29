/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's virt with one or two ARMv7-A cores: PL011, GICv2, PSCI by HVC, semihosting for the exit
 * status, and the cycle counter, which counts instructions under -icount shift=0.
 */
#include "board.h"

#include "common/print.h"
#include "quire/port/arm.h"

#ifdef BOARD_HIGH
#define OFFSET 0x80000000u /* of the image: see link_high.ld */
#define VA_END 0x80000000u
#else
#define OFFSET 0u
#define VA_END 0x100000000u
#endif
#define UART   0x09000000u
#define GICD   0x08000000u
#define GICC   0x08010000u
#define CPU_ON 0x84000003u /* PSCI */

extern const struct quire_mmu BOARD_MMU;

const struct board board = {
	.name = "arm-virt",
	.mmu = &BOARD_MMU,
#ifdef BOARD_HIGH
	.user_mmu = &quire_mmu_armv7_user,
#endif
	.ram_base = 0x40000000,
	.ram_size = 0x08000000,
	.device = {{"uart", UART, 0x1000}, {"gic", GICD, 0x20000}},
	.cpus = 2,
	.upper_from = VA_END, /* nothing is added there: a tree has the addresses of programs */
	.va_end = VA_END,
};

uint32_t board_psci(uint32_t function, uint32_t a, uint32_t b, uint32_t c);
uint32_t board_semihosting(uint32_t operation, const void *block);
extern char board_start1[];

static volatile uint32_t *reg(uintptr_t address)
{
	return (volatile uint32_t *)address;
}

void board_put(char c)
{
	while (*reg(UART + 0x18) & 1u << 5) /* full */
		;
	*reg(UART) = (unsigned char)c;
}

void board_exit(int status)
{
	const uint32_t block[2] = {0x20026, (uint32_t)status}; /* the application's own exit */

	for (;;)
		board_semihosting(0x20, block);
}

void quire_cpu_fatal(const struct quire_trap *trap)
{
	board_print("fatal trap on CPU %u: reason %u, number %x, pc %x, address %x, access %u\n",
		    (uint64_t)quire_cpu_number(), (uint64_t)trap->reason, trap->number, trap->pc,
		    trap->fault.va, (uint64_t)trap->fault.access);
	board_exit(126);
}

/* PMCCNTR has 32 bits: it is asked often enough. */
uint64_t board_instructions(void)
{
	static uint64_t total[2];
	static uint32_t last[2];
	unsigned cpu = quire_cpu_number() & 1;
	uint32_t now, control;

	__asm__ volatile("mrc p15, 0, %0, c9, c12, 0" : "=r"(control));
	if (!(control & 1)) {
		__asm__ volatile("mcr p15, 0, %0, c9, c12, 1" : : "r"(1u << 31));
		__asm__ volatile("mcr p15, 0, %0, c9, c12, 0; isb" : : "r"(control | 1));
	}
	__asm__ volatile("mrc p15, 0, %0, c9, c13, 0" : "=r"(now) : : "memory");
	total[cpu] += (uint32_t)(now - last[cpu]);
	last[cpu] = now;
	return total[cpu];
}

/* -- the second core -- */

extern void (*volatile board_entry1)(void);
void (*volatile board_entry1)(void);

/* Until its MMU is on, CPU 1 finds in memory what it needs, not in our cache; and what it writes there
   must not be hidden by lines that we have. */
static void write_back(const char *start, const char *end)
{
	quire_cpu.sync((uintptr_t)start, (quire_size)(end - start),
		       QUIRE_SYNC_WRITE_BACK | QUIRE_SYNC_INVALIDATE);
}

bool board_cpu_start(unsigned number, void (*entry)(void))
{
	if (number != 1)
		return false;
	board_entry1 = entry;
	write_back(board_data_start, board_data_end);
	write_back(board_stack1_start, board_stack1_end);
	return board_psci(CPU_ON, number, (uintptr_t)board_start1 - OFFSET, 0) == 0;
}

/* -- interrupts: software interrupt 1 of the GIC is the only one -- */

#define IPI 1u

static uint32_t acknowledged[2];

void board_ipi_send(unsigned number)
{
	__asm__ volatile("dsb ish" : : : "memory");
	*reg(GICD + 0xf00) = 1u << (16 + number) | IPI;
}

uint32_t quire_arm_interrupt(void)
{
	uint32_t number = *reg(GICC + 0xc);

	acknowledged[quire_cpu_number() & 1] = number;
	return (number & 0x3ff) == IPI ? BOARD_IPI : number & 0x3ff;
}

void board_ipi_done(void)
{
	*reg(GICC + 0x10) = acknowledged[quire_cpu_number() & 1];
}

void board_ipi_enable(void)
{
	*reg(GICD) = 1;
	*reg(GICD + 0x100) = 1u << IPI;
	*reg(GICC + 4) = 0xff; /* all priorities */
	*reg(GICC) = 1;
}
