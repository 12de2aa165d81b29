/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every board in here offers to a program: enough to print, to stop with a status, to count
 * instructions, to start a second CPU, and to know what memory there is.  The boards are machines that
 * QEMU emulates; a real one needs the same dozen functions.
 *
 * A program has a board_main(), which is called on CPU 0 with the MMU off (x86-64: with the first
 * 4 GiB mapped one to one, large pages, everything allowed), a stack, cleared .bss, and interrupts off.
 * What it returns is the exit status of the emulator.
 */
#ifndef BOARD_H
#define BOARD_H

#include "quire/boot.h"
#include "quire/port/tables.h"

/* What a linker script here defines: parts of the image, whole pages each. */
extern char board_text_start[], board_text_end[];
extern char board_rodata_start[], board_rodata_end[];
extern char board_data_start[], board_data_end[];     /* .data and .bss */
extern char board_stack_start[], board_stack_end[];   /* of CPU 0, a free page at each end */
extern char board_stack1_start[], board_stack1_end[]; /* of CPU 1, likewise */
extern char board_image_end[];                        /* RAM is free from here on */

#define BOARD_DEVICES 4

/* A run of device registers. */
struct board_device {
	const char *name;
	quire_pa base;
	quire_size size;
};

/* The machine. */
struct board {
	const char *name;
	const struct quire_mmu *mmu; /* which of the processor's MMUs this program uses */
	/* Where only the addresses below va_end are exchanged with a space, a description of their
	   tree; NULL: a space's tree is like the first, and shares the kernel's tables. */
	const struct quire_mmu *user_mmu;
	quire_pa ram_base;
	quire_size ram_size;
	struct board_device device[BOARD_DEVICES]; /* up to the first of size 0 */
	unsigned cpus;
	/* Walk addresses and the program's: as in quire_tables. */
	quire_va upper_from;
	quire_va upper_add;
	quire_va va_end; /* the program's addresses end here (of the lower half) */
};

extern const struct board board;

int board_main(void);

void board_put(char c);
_Noreturn void board_exit(int status);

/* Instructions executed so far, by this CPU (-icount shift=0). */
uint64_t board_instructions(void);

/* Let CPU `number` run `entry` on its own stack (MMU off); false if there is none.  Once each. */
bool board_cpu_start(unsigned number, void (*entry)(void));

/* Interrupt another CPU: it gets a QUIRE_TRAP_INTERRUPT with the number BOARD_IPI, which it
   acknowledges with board_ipi_done() in its handler.  Enabled with board_ipi_enable() on each CPU. */
#define BOARD_IPI 0x51
void board_ipi_send(unsigned number);
void board_ipi_done(void);
void board_ipi_enable(void);

#endif
