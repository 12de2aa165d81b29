/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning and the end: whoever runs when the machine is ready becomes the thread "main".
 *
 * Zephyr's main() may return while other threads go on.  Here the machine stops when nobody is left who
 * could run or will wake up, with what main() returned.  Until then its thread is one that the system
 * cannot do without: a main() that dies of a fault has returned nothing, least of all success.
 */
#include "kernel.h"
#include "mmu.h"

static struct k_thread main_thread;

int main(void);

void z_kernel_begin(void)
{
	main_thread.base.prio = CONFIG_MAIN_THREAD_PRIORITY;
	main_thread.base.user_options = K_ESSENTIAL;
	main_thread.others = NULL;
	z_kernel.all = &main_thread;
	z_kernel.main = &main_thread;
	z_kernel.current = &main_thread;
	(void)k_thread_name_set(&main_thread, "main");
	z_mem_manage_init();
#ifdef CONFIG_USERSPACE
	z_mem_domain_init_thread(&main_thread, NULL);
#endif
	z_threads_start();
	z_reschedule();
}

_Noreturn void z_kernel_end(int status)
{
	z_kernel.main_status = status;
	main_thread.base.user_options &= (uint8_t)~K_ESSENTIAL;
	z_thread_end();
}

int quire_kernel_start(void)
{
	z_kernel_begin();
	z_kernel_end(main());
}

void k_str_out(char *c, size_t n)
{
	if (z_is_user())
		(void)z_ask(Z_CALL_STR_OUT, (uintptr_t)c, n, 0, 0);
	else
		quire_arch_put(c, n);
}
