/* SPDX-License-Identifier: Apache-2.0 */
/* main() of a program that is its tests.  In an object of its own, so that a program that has a main()
   does not get this one. */
#include "ztest.h"

#ifdef CONFIG_USERSPACE
#pragma weak ztest_mem_partition /* the program's (ztest_test.h), unless it has no user mode */
#endif

/* Variables of tests are for all threads that have been given no other domain. */
static bool give_variables(void)
{
#ifdef CONFIG_USERSPACE
	int result = 0;

	if (&ztest_mem_partition != NULL)
		result = k_mem_domain_add_partition(&k_mem_domain_default, &ztest_mem_partition);
	if (result < 0)
		printk("ztest_mem_partition could not be added to k_mem_domain_default: %d\n",
		       result);
	return result == 0;
#else
	return true;
#endif
}

int main(void);
int main(void)
{
	int status = 1;

	if (!z_ztest_names_are_good() || !z_ztest_arguments(&status) || !give_variables())
		return status;
	test_main();
	z_ztest_summary();
	if (z_ztest.tests == 0)
		printk("There was nothing to run.\n");
	status = z_ztest.failed || z_ztest.tests == 0;
	z_tc_end_report(status == 0 ? TC_PASS : TC_FAIL);
	return status;
}
