/* SPDX-License-Identifier: Apache-2.0 */
/* main() of a program that is its tests.  In an object of its own, so that a program that has a main()
   does not get this one. */
#include "ztest.h"

int main(void);
int main(void)
{
	int status = 1;

	if (!z_ztest_arguments(&status))
		return status;
	test_main();
	z_ztest_summary();
	if (z_ztest.tests == 0)
		printk("There was nothing to run.\n");
	status = z_ztest.failed || z_ztest.tests == 0;
	z_tc_end_report(status == 0 ? TC_PASS : TC_FAIL);
	return status;
}
