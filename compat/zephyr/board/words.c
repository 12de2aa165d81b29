/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine of a board needs of the kernel above it (machine.h). */
#include "board_machine.h"
#include "kernel.h"

void zephyr_board_fatal(unsigned reason, const char *message)
{
	if (message)
		printk("E: %s\n", message);
	z_oops(reason);
}
