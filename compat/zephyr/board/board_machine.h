/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine of a board is made of: machine.c has memory, arch.c traps and threads, user.c what
   user mode runs. */
#ifndef ZEPHYR_BOARD_MACHINE_H
#define ZEPHYR_BOARD_MACHINE_H

#include "arch.h"
#include "machine.h"

/* Of the image (link.ld): text that user mode runs as well; data that is the kernel's alone. */
extern char zephyr_shared_start[], zephyr_shared_end[];
extern char zephyr_kernel_data_start[], zephyr_kernel_data_end[];
extern char zephyr_kernel_bss_start[], zephyr_kernel_bss_end[];

/* Where RAM and the kernel's addresses end: numbers that a build may set, whole pages. */
#ifndef ZEPHYR_RAM_SIZE
#define ZEPHYR_RAM_SIZE (8u << 20) /* from the image's first byte on */
#endif
#ifndef ZEPHYR_VM_SIZE
#define ZEPHYR_VM_SIZE (16u << 20) /* likewise */
#endif

/* Everything of machine.h, and the MMU on.  False: it has said why not. */
bool zephyr_board_memory(void);

/* Text that both run is the kernel's, or user mode's: no machine but x86-64 lets a kernel run what
   user mode may, and it need not. */
void zephyr_board_shared_for_user(bool user);

/* Take traps from now on. */
void zephyr_board_traps(void);

/* What user mode begins with, on its stack; the first call tells that it has come to its end. */
struct zephyr_board_start {
	void (*entry)(void *p1, void *p2, void *p3);
	void *argument[3];
};
void zephyr_board_user(struct zephyr_board_start *start);
#define ZEPHYR_BOARD_ENDED 0xe0du

/* zephyr_machine.fatal and .phys_of (words.c). */
void zephyr_board_fatal(unsigned reason, const char *message);
bool zephyr_board_phys_of(uintptr_t va, uintptr_t *phys);

/* switch.S */
void zephyr_board_begin(void);
_Noreturn void zephyr_board_on_stack(uintptr_t top, void (*function)(void));

#endif
