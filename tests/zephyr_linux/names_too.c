/* SPDX-License-Identifier: Apache-2.0 */
/* A suite and a test whose names are taken, and a test whose suite is nowhere. */
#include <zephyr/ztest.h>

ZTEST_SUITE(names, NULL, NULL, NULL, NULL, NULL);
ZTEST(names, test_a)
{
	zassert_true(false, "the other one");
}

ZTEST(nobodys, test_b)
{
	zassert_true(false);
}
