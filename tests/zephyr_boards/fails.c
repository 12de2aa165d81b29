/* SPDX-License-Identifier: Apache-2.0 */
/* A failure must be seen as one: an assertion in user mode that does not hold, between tests that pass. */
#include <zephyr/ztest.h>

ZTEST_SUITE(failing, NULL, NULL, NULL, NULL, NULL);

ZTEST(failing, test_a_passes)
{
	zassert_equal(1 + 1, 2);
}

ZTEST_USER(failing, test_b_fails_in_user_mode)
{
	zassert_true(k_is_user_context());
	zassert_equal(1 + 1, 3, "%d is not %s", 2, "three");
}

ZTEST_USER(failing, test_c_passes_in_user_mode)
{
	zassert_true(k_is_user_context());
}
