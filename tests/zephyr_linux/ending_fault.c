/* SPDX-License-Identifier: Apache-2.0 */
/* An application whose main() does not come to its end, and whose handler lets that pass. */
#include <string.h>
#include <zephyr/kernel.h>

void k_sys_fatal_error_handler(unsigned int reason, const struct arch_esf *esf)
{
	ARG_UNUSED(reason);
	ARG_UNUSED(esf);
}

int main(int count, char **text)
{
	volatile int *volatile nowhere = (volatile int *)(uintptr_t)16;

	if (count > 1 && strcmp(text[1], "oops") == 0)
		k_oops();
	if (count > 1 && strcmp(text[1], "abort") == 0)
		k_thread_abort(k_current_get());
	*nowhere = 1;
	printk("never\n");
	return 0;
}
