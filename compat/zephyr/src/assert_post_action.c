/* SPDX-License-Identifier: Apache-2.0 */
/* What happens after a broken promise has been said: the end of a user thread, or of the kernel's.  By
   itself in this file, so that a program may define its own. */
#include "zephyr/sys/__assert.h"

#include "kernel.h"

void assert_post_action(const char *file, unsigned int line)
{
	ARG_UNUSED(file);
	ARG_UNUSED(line);
	if (z_ztest_assert_expected != NULL && z_ztest_assert_expected())
		return;
	if (k_is_user_context())
		k_oops();
	else
		k_panic();
}
