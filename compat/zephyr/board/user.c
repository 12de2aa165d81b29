/* SPDX-License-Identifier: Apache-2.0 */
/* What user mode runs of the machine: shared text (link.ld). */
#include "board_machine.h"
#include "isa.h"

bool quire_arch_is_user(void)
{
	return isa_is_user();
}

intptr_t quire_arch_call(unsigned number, uintptr_t argument)
{
	return isa_call(number, argument);
}

uint64_t quire_arch_time(void)
{
	return isa_count() * ISA_NS_PER_COUNT;
}

void zephyr_board_user(struct zephyr_board_start *start)
{
	isa_user_begins();
	start->entry(start->argument[0], start->argument[1], start->argument[2]);
	for (;;)
		isa_call(ZEPHYR_BOARD_ENDED, 0);
}
