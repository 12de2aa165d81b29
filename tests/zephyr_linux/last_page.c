/* SPDX-License-Identifier: Apache-2.0 */
/* Two variables and large pages: linked statically, with the C library's own memory right behind them. */
#include <mmu.h>
#include <zephyr/kernel.h>

static volatile int initialised = 5, zero;

static bool is_somewhere(volatile int *variable)
{
	return sys_mm_is_virt_addr_in_range((void *)(uintptr_t)variable) &&
	       k_mem_virt_addr(k_mem_phys_addr((void *)(uintptr_t)variable)) == variable;
}

int main(void)
{
	return initialised == 5 && zero == 0 && is_somewhere(&initialised) && is_somewhere(&zero)
		       ? 0
		       : 1;
}
