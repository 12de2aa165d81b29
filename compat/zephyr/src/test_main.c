/* SPDX-License-Identifier: Apache-2.0 */
/* What is run if the program does not say: everything, once. */
#include "zephyr/ztest.h"

void test_main(void)
{
	ztest_run_all(NULL, false, 1, 1);
	ztest_verify_all_test_suites_ran();
}
