/* SPDX-License-Identifier: Apache-2.0 */
/* An application with a main() of its own, which ends before its threads do. */
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/kernel.h>

K_THREAD_STACK_DEFINE(stack, 1024);
static struct k_thread thread;

static void later(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	k_msleep(1000);
	printk("later\n");
}

static void at_the_end(void)
{
	printf("at exit\n");
}

int main(void)
{
	(void)atexit(at_the_end);
	k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), later, NULL, NULL, NULL, 1, 0,
			K_NO_WAIT);
	printf("main %d\n", k_thread_priority_get(k_current_get()));
	return 7;
}
