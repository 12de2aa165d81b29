/* SPDX-License-Identifier: Apache-2.0 */
/* Faults and assertions that a test wants to see (ztest_error_hook.h). */
#include "ztest.h"

__weak void ztest_post_fatal_error_hook(unsigned int reason, const struct arch_esf *esf)
{
	(void)reason;
	(void)esf;
}

__weak void ztest_post_assert_fail_hook(void)
{
	k_thread_abort(k_current_get());
}

void ztest_set_fault_valid(bool valid)
{
	if (k_is_user_context())
		(void)z_ask(Z_CALL_ZTEST_FAULT_VALID, valid, 0, 0, 0);
	else
		z_ztest.fault_valid = valid ? z_kernel.current : NULL;
}

void ztest_set_assert_valid(bool valid)
{
	if (k_is_user_context())
		(void)z_ask(Z_CALL_ZTEST_ASSERT_VALID, valid, 0, 0, 0);
	else
		z_ztest.assert_valid = valid ? z_kernel.current : NULL;
}

intptr_t z_ztest_call_fault_valid(const uintptr_t *a)
{
	ztest_set_fault_valid(a[0] != 0);
	return 0;
}

intptr_t z_ztest_call_assert_valid(const uintptr_t *a)
{
	ztest_set_assert_valid(a[0] != 0);
	return 0;
}

/* Of the thread itself, or of one that it has made. */
static bool is_expected_of(const struct k_thread *thread)
{
	return thread != NULL && (thread == z_kernel.current || thread == z_kernel.current->maker);
}

bool z_ztest_fault_expected(unsigned reason, const struct arch_esf *esf)
{
	bool valid = is_expected_of(z_ztest.fault_valid);

	printk("Caught system error -- reason %u %d\n", reason, valid);
	if (!valid) {
		printk("Fatal error was unexpected, aborting...\n");
		z_ztest_give_up();
		return false;
	}
	printk("Fatal error expected as part of test case.\n");
	z_ztest.fault_valid = NULL;
	ztest_post_fatal_error_hook(reason, esf);
	return true;
}

bool z_ztest_assert_expected(void)
{
	if (k_is_user_context())
		return z_ask(Z_CALL_ZTEST_ASSERT_FAILED, 0, 0, 0, 0) != 0;
	if (!is_expected_of(z_ztest.assert_valid))
		return false;
	printk("Assertion expected as part of test case.\n");
	z_ztest.assert_valid = NULL;
	ztest_post_assert_fail_hook();
	return true;
}

intptr_t z_ztest_call_assert_failed(const uintptr_t *a)
{
	(void)a;
	return z_ztest_assert_expected();
}
