/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that touch (touch.h). */
#include "touch.h"

static K_THREAD_STACK_DEFINE(stack, 4096);
static struct k_thread thread;
static volatile unsigned int fatal_errors;

void ztest_post_fatal_error_hook(unsigned int reason, const struct arch_esf *esf)
{
	ARG_UNUSED(reason);
	ARG_UNUSED(esf);
	fatal_errors++;
}

static void touch_kernel(void *at, void *how, void *unused)
{
	volatile uint8_t *byte = at;

	ARG_UNUSED(unused);
	if ((uintptr_t)how == TOUCH_WRITE)
		*byte = 0x5a;
	else
		(void)*byte;
}

K_USER_TEXT static void touch_user(void *at, void *how, void *unused)
{
	volatile uint8_t *byte = at;

	ARG_UNUSED(unused);
	if ((uintptr_t)how == TOUCH_WRITE)
		*byte = 0x5a;
	else
		(void)*byte;
}

static bool survives(k_thread_entry_t entry, uint32_t options, volatile void *at,
		     enum touch_how how)
{
	unsigned int before = fatal_errors;

	ztest_set_fault_valid(true);
	k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), entry, (void *)(uintptr_t)at,
			(void *)(uintptr_t)how, NULL, K_PRIO_PREEMPT(1), options, K_NO_WAIT);
	k_thread_join(&thread, K_FOREVER);
	ztest_set_fault_valid(false);
	return fatal_errors == before;
}

bool touch_works(volatile void *at, enum touch_how how)
{
	return survives(touch_kernel, 0, at, how);
}

bool touch_works_for_user(volatile void *at, enum touch_how how)
{
	return survives(touch_user, K_USER, at, how);
}

void assert_guarded(uint8_t *va, size_t size)
{
	zassert_faults(va - 1, TOUCH_READ);
	zassert_faults(va - 1, TOUCH_WRITE);
	zassert_faults(va - CONFIG_MMU_PAGE_SIZE, TOUCH_WRITE);
	zassert_works(va, TOUCH_READ);
	zassert_works(va + size - 1, TOUCH_READ);
	zassert_faults(va + size, TOUCH_READ);
	zassert_faults(va + size, TOUCH_WRITE);
	zassert_faults(va + size + CONFIG_MMU_PAGE_SIZE - 1, TOUCH_READ);
}

bool all_bytes_are(const volatile uint8_t *va, size_t size, uint8_t value)
{
	for (size_t i = 0; i < size; i++)
		if (va[i] != value)
			return false;
	return true;
}
