/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine for Zephyr's words: a simulated MMU with three levels, and bytes behind what its tables say.
 *
 * RAM is 8 MiB, full of 0xa5; the first pages of it are the image, which is seen at the start of the
 * kernel's virtual memory, and, as the program's own variables, in rig_program.  There is a device, and a
 * second window in which RAM could be seen one to one.
 *
 * It has what the words want of a kernel: a place where text goes, a running thread, and the end of the
 * system, from which a test comes back.
 */
#ifndef QUIRE_TESTS_ZEPHYR_WORDS_RIG_H
#define QUIRE_TESTS_ZEPHYR_WORDS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/quire.h"
#include "quire/vm.h"

#define PAGE     4096u
#define VM_BASE  0x40000000u
#define VM_SIZE  0x800000u
#define RAM_BASE 0x80000000u
#define RAM_SIZE 0x800000u
#define IMAGE    0x40000u /* bytes */
#define DEVICE   0xf0000000u
#define DEVICES  0x400000u
#define RIG_BUSY (-1000) /* a lock that is told to fail */

#define R QUIRE_READ
#define W QUIRE_WRITE
#define X QUIRE_EXEC
#define U QUIRE_USER

/* Descriptors and tables that there are. */
struct rig_plan {
	unsigned mappings, tables;
	bool one_mode;   /* entries cannot say how to cache */
	bool low_window; /* of 64 pages */
};

void rig_start(const struct rig_plan *plan);
void rig_stop(void); /* everything has been given back */
void rig_check(void);

/* The same with plenty of all. */
int rig_setup(void **state);
int rig_teardown(void **state);

extern uint8_t rig_program[IMAGE];
extern struct k_thread *rig_running;
struct quire_space *rig_space(void);

/* Access as the CPU does: whether it works; and the byte behind an address, which must be readable. */
bool rig_works(const volatile void *va, unsigned kind);
uint8_t *rig_byte(const volatile void *va);
bool rig_all(const volatile void *va, size_t size, uint8_t value);

/* Bytes of RAM. */
uint8_t *rig_ram(uintptr_t phys);

/* Lines that have been said since the last call; and the last of them. */
unsigned rig_said(void);
const char *rig_last(void);

/* The next n-th locking of the space or the frames fails; 0: none. */
extern unsigned rig_fail_space, rig_fail_frames;

/* The port refuses the n-th change from now; all changes. */
extern unsigned rig_fail_port;
extern bool rig_refuse;

/* Descriptors and tables that are left. */
unsigned rig_descriptors(void);
unsigned rig_tables(void);

/* Whether an expression ends the system; it is not gone on with. */
extern jmp_buf rig_end;
extern bool rig_end_expected;
#define rig_ends(expression)                                                                       \
	(rig_end_expected = true,                                                                  \
	 setjmp(rig_end) == 0 ? ((expression), rig_end_expected = false) : true)

#endif
