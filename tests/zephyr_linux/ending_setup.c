/* SPDX-License-Identifier: Apache-2.0 */
/* A suite whose setup dies, and a handler that lets that pass: no test has run. */
#include <zephyr/ztest.h>

void k_sys_fatal_error_handler(unsigned int reason, const struct arch_esf *esf)
{
	ARG_UNUSED(reason);
	ARG_UNUSED(esf);
}

static void *setup(void)
{
	volatile int *volatile nowhere = (volatile int *)(uintptr_t)16;

	*nowhere = 1;
	return NULL;
}

ZTEST_SUITE(setup_dies, NULL, setup, NULL, NULL, NULL);
ZTEST(setup_dies, test_never)
{
	printk("never\n");
}
