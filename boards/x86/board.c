/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's `microvm` (and `q35`, `pc`) for x86-64: one UART and one device that ends the emulation, both
 * behind I/O ports, and a local APIC for each CPU, through which they start and interrupt each other.
 *
 * The image is at 2 MiB: what is below belongs to the firmware, to the hole for old devices, and to the
 * first instructions of the second CPU.
 */
#include "board.h"

#include "common/print.h"
#include "quire/port/x86.h"

#ifndef BOARD_MMU
#define BOARD_MMU quire_mmu_x86_64
#endif

#define UART      0x3f8
#define UART_LSR  (UART + 5)
#define LSR_FREE  0x20 /* there is room for a byte */
#define EXIT      0xf4 /* status 2 * value + 1 */
#define FW_SELECT 0x510
#define FW_DATA   0x511
#define FW_CPUS   5

#define APIC         0xfee00000u
#define APIC_EOI     0xb0
#define APIC_ENABLE  0xf0
#define APIC_COMMAND 0x300
#define APIC_TO      0x310
#define SPURIOUS     0xff /* the vector of interrupts that went away */
#define PENDING      0x1000
#define COMMAND_FIX  0x4000
#define COMMAND_INIT 0x4500
#define COMMAND_SIPI 0x4600 /* and the page where to start */
#define START1_PAGE  8      /* start.S */

const struct board board = {
	.name = "QEMU microvm, x86-64",
	.mmu = &BOARD_MMU,
	.ram_base = 0,
	.ram_size = 128 << 20,
	.device = {{"apic", APIC, 0x1000}, {NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}},
	.cpus = 2,
	.upper_from = QUIRE_X86_UPPER_FROM,
	.upper_add = QUIRE_X86_UPPER_ADD,
	.va_end = QUIRE_X86_UPPER_FROM,
};

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

void board_put(char c)
{
	while (!(in8(UART_LSR) & LSR_FREE))
		;
	out8(UART, (uint8_t)c);
}

void board_exit(int status)
{
	__asm__ volatile("outl %0, %1" ::"a"(status), "Nd"((uint16_t)EXIT));
	for (;;)
		__asm__ volatile("cli; hlt");
}

void quire_cpu_fatal(const struct quire_trap *trap)
{
	board_print("fatal trap on CPU %u: reason %u, number %x, pc %x, address %x, access %u\n",
		    (uint64_t)quire_cpu_number(), (uint64_t)trap->reason, trap->number, trap->pc,
		    trap->fault.va, (uint64_t)trap->fault.access);
	board_exit(126);
}

/* One a tick, under -icount shift=0; of all CPUs together. */
uint64_t board_instructions(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

/* -- several CPUs -- */

extern void (*volatile board_entry1)(void);
extern volatile uint32_t board_arrived1;
void (*volatile board_entry1)(void); /* what CPU 1 is to run */
volatile uint32_t board_arrived1;    /* it does: start.S says */

static volatile uint32_t *apic(unsigned offset)
{
	return (volatile uint32_t *)(uintptr_t)(APIC + offset);
}

static void apic_command(unsigned number, uint32_t command)
{
	bool before = quire_cpu_interrupts(false);

	*apic(APIC_TO) = (uint32_t)number << 24;
	*apic(APIC_COMMAND) = command;
	while (*apic(APIC_COMMAND) & PENDING)
		;
	if (before)
		quire_cpu_interrupts(true);
}

static void wait(uint64_t ticks)
{
	uint64_t start = board_instructions();

	while (board_instructions() - start < ticks)
		__asm__ volatile("pause");
}

static unsigned cpus_there(void)
{
	__asm__ volatile("outw %0, %1" ::"a"((uint16_t)FW_CPUS), "Nd"((uint16_t)FW_SELECT));
	return in8(FW_DATA);
}

/* As the MultiProcessor Specification has it, B.4, with waits that are enough for an emulator. */
bool board_cpu_start(unsigned number, void (*entry)(void))
{
	if (number != 1 || cpus_there() < 2)
		return false; /* there is one more stack */
	board_entry1 = entry;
	apic_command(number, COMMAND_INIT);
	wait(100000);
	while (!board_arrived1) {
		apic_command(number, COMMAND_SIPI | START1_PAGE);
		wait(100000);
	}
	return true;
}

void board_ipi_send(unsigned number)
{
	apic_command(number, COMMAND_FIX | BOARD_IPI);
}

void board_ipi_done(void)
{
	*apic(APIC_EOI) = 0;
}

void board_ipi_enable(void)
{
	*apic(APIC_ENABLE) = 0x100 | SPURIOUS;
}
