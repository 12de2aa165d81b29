/* SPDX-License-Identifier: Apache-2.0 */
/* Faults and failed assertions that a test wants to see. */
#ifndef ZEPHYR_ZTEST_ERROR_HOOK_H
#define ZEPHYR_ZTEST_ERROR_HOOK_H

#include "zephyr/fatal.h"
#include "zephyr/toolchain.h"

#ifdef __cplusplus
extern "C" {
#endif

/* [user] The next fatal error of this thread, or of one that it has made, is what the test is about: it
   ends the thread and nothing else.  (In Zephyr, of this thread alone.)  If the thread is the test's, the test has passed then. */
void ztest_set_fault_valid(bool valid);

/* [user] The same of an assertion (__ASSERT). */
void ztest_set_assert_valid(bool valid);

/* The program may define them: called after an error or an assertion that was expected. */
void ztest_post_fatal_error_hook(unsigned int reason, const struct arch_esf *esf);
void ztest_post_assert_fail_hook(void);

#ifdef __cplusplus
}
#endif

#endif
