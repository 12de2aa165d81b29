/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine of a board needs of the kernel above it (machine.h). */
#include "board_machine.h"
#include "kernel.h"

/* The image is one to one; a stack is also seen elsewhere. */
bool zephyr_board_phys_of(uintptr_t va, uintptr_t *phys)
{
	if (va < quire_zephyr_map.image_start || va >= quire_zephyr_map.image_end)
		return z_stack_phys(va, phys);
	*phys = va;
	return true;
}

void zephyr_board_fatal(unsigned reason, const char *message)
{
	if (message)
		printk("E: %s\n", message);
	z_oops(reason);
}
