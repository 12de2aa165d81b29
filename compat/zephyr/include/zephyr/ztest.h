/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests, in the shape of Zephyr's.
 *
 *	ZTEST_SUITE(memory, NULL, NULL, NULL, NULL, NULL);
 *	ZTEST(memory, test_a_page) { zassert_not_null(k_mem_map(4096, K_MEM_PERM_RW)); }
 *
 * Each test is a thread; a failed assertion ends it, and so does a fault, which is the program's end
 * unless it was expected (ztest_error_hook.h, or a k_sys_fatal_error_handler() of the program's).
 *
 * main() is the library's: it runs what its arguments name, `suite` or `suite.test`, a star for any
 * name, or everything; `-list` only says what there is.  The exit status is 0 if all have passed or were
 * skipped and there was something to run, 1 if not, 2 for a name that does not exist or a machine that
 * cannot be had.  A program with a test_main() runs what that runs.
 */
#ifndef ZEPHYR_ZTEST_H
#define ZEPHYR_ZTEST_H

#include "zephyr/kernel.h"
#include "zephyr/sys/printk.h"

#include "zephyr/tc_util.h"
#include "zephyr/ztest_assert.h"
#include "zephyr/ztest_test.h"

#ifdef __cplusplus
extern "C" {
#endif

void test_main(void);

#ifdef __cplusplus
}
#endif

#endif
