/* SPDX-License-Identifier: Apache-2.0 */
/* The portable tests, and those of what only a processor has, on one CPU. */
#include "board_host.h"

int board_main(void)
{
	static const struct board_options one;
	static const struct suite_list *const lists[] = {SUITE_PORTABLE, &board_boot, &board_spaces,
							 &board_port};

	if (!board_host_start(&one))
		return 2;
	return suite_run(&host.target, lists, SUITE_COUNT(lists), board_seed) ? 1 : 0;
}
